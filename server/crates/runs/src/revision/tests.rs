use super::*;

fn git(folder: &Path, args: &[&str]) -> String {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgSign=false"];
    let output = command(folder, &[&identity, args].concat()).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn target(entry: &str) -> Target {
    Target::Route { entry: entry.into(), method: "GET".into(), path: "/".into() }
}

/// A repository whose workspace is `app`, with two commits, packages, and what git ignores.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    git(path, &["init", "--quiet", "--initial-branch", "main"]);
    write(path, &[(".gitignore", "node_modules\n.env\ndist/\n"), ("app/old.js", ""), ("app/server.js", "1"), ("shared/index.js", "1")]);
    write(path, &[("app/package-lock.json", "1")]);
    git(path, &["add", "--all"]);
    git(path, &["commit", "--quiet", "-m", "one"]);
    fs::remove_file(path.join("app/old.js")).unwrap();
    write(path, &[("app/server.js", "2"), ("app/new.js", ""), ("app/package-lock.json", "2"), ("shared/index.js", "2")]);
    git(path, &["add", "--all"]);
    git(path, &["commit", "--quiet", "-m", "two"]);
    write(path, &[("node_modules/a/index.js", "a"), ("node_modules/@s/b/index.js", "b"), ("app/node_modules/c/index.js", "c")]);
    write(
        path,
        &[("app/.env", "X=1"), ("app/dist/built.js", ""), ("app/.tickmark/runs/1/run.json", "{}"), ("app/.tickmark/.gitignore", "*")],
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink("../../shared", path.join("node_modules/@s/shared")).unwrap();
    folder
}

#[tokio::test]
async fn a_version_with_what_git_ignores() {
    let folder = repository();
    let workspace = folder.path().join("app");
    let before = git(folder.path(), &["status", "--porcelain"]);
    let revision = Revision::find(&workspace, "main~1", &target("server.js")).await.unwrap();
    assert_eq!(revision.commit, git(folder.path(), &["rev-parse", "main~1"]).trim());
    let checkout = revision.check_out().await.unwrap();
    let top = checkout.folder.clone();
    let read = |name: &str| fs::read_to_string(top.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    for (name, text) in [
        ("app/server.js", "1"),
        ("app/old.js", ""),
        ("app/.env", "X=1"),
        ("node_modules/a/index.js", "a"),
        ("node_modules/@s/b/index.js", "b"),
        ("app/node_modules/c/index.js", "c"),
    ] {
        assert_eq!(read(name), text, "{name}");
    }
    // The repository's own package is that of the version.
    #[cfg(unix)]
    assert_eq!(read("node_modules/@s/shared/index.js"), "1");
    assert_eq!(checkout.workspace, top.join("app"));
    assert!(!top.join("app/.tickmark").exists());
    assert!(!top.join("app/new.js").exists());
    let notes = checkout.notes.join("\n");
    assert!(notes.contains("package-lock.json of main~1 differs") && notes.contains("app/dist"), "{notes}");
    drop(checkout);
    assert!(!top.exists());
    assert_eq!(git(folder.path(), &["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
    assert_eq!(fs::read_to_string(folder.path().join("node_modules/a/index.js")).unwrap(), "a");
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), before);
}

#[tokio::test]
async fn hooks_of_the_project_do_not_run() {
    let folder = repository();
    let hook = folder.path().join(".git/hooks/post-checkout");
    write(folder.path(), &[(".git/hooks/post-checkout", "#!/bin/sh\ntouch ran\n")]);
    #[cfg(unix)]
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let revision = Revision::find(folder.path(), "HEAD", &target("app/server.js")).await.unwrap();
    let checkout = revision.check_out().await.unwrap();
    assert!(hook.exists() && !checkout.folder.join("ran").exists());
}

#[tokio::test]
async fn what_a_killed_process_left_is_removed() {
    let folder = repository();
    // Process ids end at 4194304 on Linux, so this one is dead.
    let left = std::env::temp_dir().join(format!("{PREFIX}4194999-{}", std::process::id()));
    git(folder.path(), &["worktree", "add", "--quiet", "--detach", left.to_str().unwrap()]);
    let kept = folder.path().with_extension("kept");
    git(folder.path(), &["worktree", "add", "--quiet", "--detach", kept.to_str().unwrap()]);
    fs::rename(&kept, kept.with_extension("unmounted")).unwrap();
    let revision = Revision::find(folder.path(), "HEAD", &target("app/server.js")).await.unwrap();
    drop(revision.check_out().await.unwrap());
    let list = git(folder.path(), &["worktree", "list", "--porcelain"]);
    assert!(!left.exists() && !list.contains(PREFIX), "{list}");
    assert!(list.contains(".kept"), "{list}");
    fs::remove_dir_all(kept.with_extension("unmounted")).unwrap();
}

#[tokio::test]
async fn what_cannot_be_run_is_refused() {
    async fn check(workspace: &Path, revision: &str, entry: &str, expected: &str) {
        let error = Revision::find(workspace, revision, &target(entry)).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{revision} {entry}: {error}");
    }
    let folder = repository();
    let workspace = folder.path().join("app");
    check(&workspace, "nonsense", "server.js", "git knows no revision nonsense").await;
    check(&workspace, "--all", "server.js", "git knows no revision --all").await;
    check(&workspace, "main~1", "new.js", "new.js is not in main~1").await;
    check(&workspace, "main", "dist/built.js", "git ignores dist/built.js: both sides would run the same build").await;
    let outside = tempfile::tempdir().unwrap();
    check(outside.path(), "main", "server.js", "is not in a git repository").await;
    git(outside.path(), &["init", "--quiet"]);
    check(outside.path(), "main", "server.js", "is not in a git repository with commits").await;
}
