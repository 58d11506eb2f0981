use super::*;
use crate::dist::platforms::PLATFORMS;
use zip::{ZipWriter, write::SimpleFileOptions};

/// A folder with a program that tells our version, and what goes with it.
struct Made {
    folder: tempfile::TempDir,
    shipped: Shipped,
}

fn made() -> Option<Made> {
    let platform = PLATFORMS.iter().find(|platform| platform.runs_here() && platform.node_platform != "win32")?;
    let folder = tempfile::tempdir().expect("temporary folder");
    let binary = folder.path().join(platform.binary);
    fs::write(&binary, format!("#!/bin/sh\necho tickmark {VERSION}\n")).expect("writable");
    for (name, text) in [("report.js", "js"), ("report.css", "css"), ("LICENSE", "MIT"), ("notices", "others")] {
        fs::write(folder.path().join(name), text).expect("writable");
    }
    let [licence, notices] = ["LICENSE", "notices"].map(|name| folder.path().join(name));
    let shipped = Shipped { platform, binary, licence, notices, page: folder.path().to_path_buf() };
    Some(Made { folder, shipped })
}

#[test]
fn an_archive_holds_the_program_to_be_run_the_licence_and_the_notices() {
    let Some(Made { folder, shipped }) = made() else { return };
    let name = shipped.platform.binary;
    let check = |files: &[(&str, PathBuf, bool)]| {
        let archive = folder.path().join("x.tar.gz");
        write_archive(&archive, "x", files).expect("written");
        check_archive(&archive, "x", &shipped).map_err(|error| format!("{error:#}"))
    };
    let program = (name, shipped.binary.clone(), true);
    let licence = ("LICENSE", shipped.licence.clone(), false);
    let others = (notices::FILE, shipped.notices.clone(), false);
    assert_eq!(check(&[program.clone(), licence.clone(), others.clone()]), Ok(()));
    let failures = [
        (vec![program.clone(), others.clone()], "holds no x/LICENSE"),
        (vec![program.clone(), licence.clone()], "holds no x/THIRD-PARTY-NOTICES.txt"),
        (vec![licence.clone(), others.clone()], "holds no x/tickmark"),
        (vec![(name, shipped.binary.clone(), false), licence.clone(), others.clone()], "cannot be run"),
        (vec![(name, shipped.licence.clone(), true), licence.clone(), others.clone()], "x/tickmark is not the one of"),
        (vec![program.clone(), ("LICENSE", shipped.notices.clone(), false), others.clone()], "x/LICENSE is not the one of"),
        (vec![program.clone(), licence.clone(), (notices::FILE, shipped.licence.clone(), false)], "NOTICES.txt is not the one of"),
    ];
    for (files, expected) in failures {
        let error = check(&files).expect_err(expected);
        assert!(error.contains(expected), "{error}");
    }
    fs::write(&shipped.binary, "#!/bin/sh\necho tickmark 0.0.0\n").expect("writable");
    let error = check(&[program, licence, others]).expect_err("another version");
    assert!(error.contains("says it is `tickmark 0.0.0`"), "{error}");
}

#[test]
fn the_same_files_give_the_same_archive() {
    let Some(Made { folder, shipped }) = made() else { return };
    let bytes = ["a", "b"].map(|name| {
        let archive = folder.path().join(name);
        write_archive(&archive, "x", &[("tickmark", shipped.binary.clone(), true)]).expect("written");
        fs::read(archive).expect("readable")
    });
    assert_eq!(bytes[0], bytes[1]);
}

#[test]
fn an_extension_holds_program_page_licence_and_notices_for_its_platform() {
    let Some(Made { folder, shipped }) = made() else { return };
    let program = fs::read_to_string(&shipped.binary).expect("readable");
    let manifest = format!("<Identity Version=\"{VERSION}\" TargetPlatform=\"{}\"/>", shipped.platform.name);
    let complete = [
        ("extension.vsixmanifest", manifest.as_str(), 0o644),
        ("extension/package.json", "{}", 0o644),
        ("extension/LICENSE.txt", "MIT", 0o644),
        ("extension/dist/page/report.js", "js", 0o644),
        ("extension/dist/page/report.css", "css", 0o644),
        ("extension/server/tickmark", program.as_str(), 0o755),
        ("extension/THIRD-PARTY-NOTICES.txt", "others", 0o644),
    ];
    let check = |files: &[(&str, &str, u32)]| {
        let vsix = folder.path().join("x.vsix");
        let mut zip = ZipWriter::new(File::create(&vsix).expect("writable"));
        for (name, text, mode) in files {
            zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).expect("written");
            zip.write_all(text.as_bytes()).expect("written");
        }
        zip.finish().expect("written");
        check_vsix(&vsix, &shipped).map_err(|error| format!("{error:#}"))
    };
    assert_eq!(check(&complete), Ok(()));
    // Every file is needed.
    for missing in 0..complete.len() {
        let mut files = complete.to_vec();
        let (name, ..) = files.remove(missing);
        assert!(check(&files).is_err(), "without {name}");
    }
    let changed = |at: usize, text: &'static str, mode: u32| {
        let mut files = complete;
        files[at] = (files[at].0, text, mode);
        check(&files).expect_err("not as it should be")
    };
    assert!(changed(0, "<Identity/>", 0o644).contains("TargetPlatform"));
    assert!(changed(3, "older", 0o644).contains("report.js is not the one of"));
    assert!(changed(2, "other", 0o644).contains("LICENSE.txt is not the one of"));
    assert!(changed(5, "other", 0o755).contains("tickmark is not the one of"));
    assert!(changed(6, "older", 0o644).contains("NOTICES.txt is not the one of"));
    let mut files = complete;
    files[5].2 = 0o644;
    assert!(check(&files).expect_err("no bit").contains("cannot be run"));
}

#[test]
fn the_newest_glibc_is_found_in_a_program() {
    let check = |program: &[u8], expected| assert_eq!(newest_glibc(program), expected, "{}", String::from_utf8_lossy(program));
    check(b"\0GLIBC_2.4\0GLIBC_2.34\0GLIBC_2.9\0", Some((2, 34)));
    check(b"\0GLIBC_2.2.5\0", Some((2, 2)));
    check(b"\0GLIBC_PRIVATE\0GLIBC_2.17\0", Some((2, 17)));
    check(b"GLIBC_", None);
    check(b"static", None);
}
