use super::*;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

/// The line numbers at which a rule finds something.
fn numbers(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.place.rsplit(':').next().unwrap_or("")).collect()
}

#[test]
fn lsp_names_are_found_in_crates_only() {
    let text = format!("use {}_lsp::X;\nuse {}_types::Y;\nlet my_{}_types_x = 1;\nuse z;\n", "tower", "lsp", "ls");
    assert_eq!(numbers(&lsp(&file("server/crates/ide/src/lib.rs", &text))), ["1", "2"]);
    assert_eq!(numbers(&lsp(&file("server/crates/ide/notes.md", &text))), [""; 0]);
    assert_eq!(numbers(&lsp(&file("server/src/main.rs", &text))), [""; 0]);
}

#[test]
fn length_is_mentioned_then_refused() {
    let check = |path: &str, lines: usize| length(&file(path, &"x\n".repeat(lines))).map(|found| found.notice);
    assert_eq!(check("a.rs", 400), None);
    assert_eq!(check("a.rs", 401), Some(true));
    assert_eq!(check("a.rs", 600), Some(true));
    assert_eq!(check("a.rs", 601), Some(false));
    assert_eq!(check("a/b.ts", 601), Some(false));
    assert_eq!(check("a.lua", 601), Some(false));
    assert_eq!(check("a.md", 601), None);
    assert_eq!(check("dist/a.ts", 601), None);
}

#[test]
fn names_say_what_is_in_them() {
    for bad in ["src/utils.rs", "src/common/mod.rs", "a/helpers/x.ts", "lua/Helper.lua", "a/util.test.mjs"] {
        assert!(name(bad).is_some(), "{bad}");
    }
    for good in ["src/helping.rs", "docs/common.md", "src/position.rs", "common_path.rs", "dist/utils.js"] {
        assert_eq!(name(good), None, "{good}");
    }
}

#[test]
fn unfinished_code_and_skipped_tests_are_found() {
    let check = |path: &str, text: &str| unfinished(&file(path, text)).len();
    let rust = ["todo", "unimplemented"].map(|word| format!("    {word}!(\"later\")"));
    for line in rust {
        assert_eq!(check("a.rs", &line), 1, "{line}");
        assert_eq!(check("a.rs", &format!("// {line}")), 1, "also in a comment");
    }
    for rest in ["ignore]", "ignore = \"slow\"]"] {
        assert_eq!(check("a.rs", &format!("#[{rest}")), 1, "{rest}");
    }
    assert_eq!(check("a.rs", "words.iter().skip(1); not_todo!(); // no todo! here"), 0);
    for word in ["skip", "only"] {
        for object in ["test", "it", "describe"] {
            assert_eq!(check("a.test.mjs", &format!("{object}.{word}('x', () => {{}})")), 1);
        }
    }
    assert_eq!(check("a.test.ts", &format!("{}it('later')", "x")), 1);
    assert_eq!(check("a.test.ts", "await exit(1); process.exit(0)"), 0);
    assert_eq!(check("dist/a.js", &format!("x.{}(1)", "skip")), 0);
    assert_eq!(check("a_spec.lua", &format!("{}('later')", "pending")), 1);
}

#[test]
fn paths_of_the_machine_are_found() {
    let paths = ["/home/ann/tickmark".to_owned(), "/home/ann".to_owned()];
    let check = |text: &str| machine(&file("a.json", text), &paths).len();
    assert_eq!(check("\"file:///home/ann/tickmark/a.js\""), 1);
    assert_eq!(check("cd /home/ann"), 1);
    assert_eq!(check("/home/ann/other"), 1);
    assert_eq!(check("/home/anna/tickmark"), 0);
    assert_eq!(check("/mnt/home/ann"), 0);
    assert_eq!(check("./home/bob"), 0);
}

#[test]
fn the_checkout_and_home_are_paths_of_the_machine_if_they_are_specific() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let deep = folder.path().join("project");
    std::fs::create_dir(&deep).expect("writable");
    let wanted = deep.canonicalize().expect("it exists").display().to_string();
    assert_eq!(machine_paths(&deep)[0], wanted);
    assert!(machine_paths(Path::new("/")).iter().all(|path| path != "/"));
}

#[test]
fn registries_are_found() {
    let check = |path: &str, text: &str| machine(&file(path, text), &[]).len();
    let url = format!("https://{}.example.org/koa/-/koa-3.tgz", "registry");
    let entry = |host: &str| format!("      \"{}\": \"https://{host}/koa.tgz\",", "resolved");
    assert_eq!(check("README.md", &format!("from {url}, it")), 1);
    assert_eq!(check("README.md", &format!("http://me@{}.example.org", "nexus")), 1);
    assert_eq!(check("x/package-lock.json", &entry("example.org")), 1);
    assert_eq!(check("x/other.json", &entry("example.org")), 0);
    assert_eq!(check("x/.npmrc", "registry = anything"), 1);
    assert_eq!(check("x/.npmrc", "@our:registry=anything"), 1);
    assert_eq!(check("x/.npmrc", "omit-lockfile-registry-resolved=true"), 0);
    assert_eq!(check("README.md", "see https://example.org/registry and a registry"), 0);
    let cargo = format!("source = \"{}+https://github.com/rust-lang/crates.io-index\"", "registry");
    assert_eq!(check("Cargo.lock", &cargo), 0);
}
