use super::*;
use profile::{Category, ProfileBuilder};

fn index(n_samples: u64) -> ProfileIndex {
    let mut builder = ProfileBuilder::default();
    for (name, category) in [("hot", Category::Native), ("(idle)", Category::Idle)] {
        let location = builder.plain_location(name, category);
        let node = builder.node(None, location);
        for sample in 0..if category == Category::Idle { 5 } else { n_samples } {
            builder.sample(sample * 1_000, 1_000, node);
        }
    }
    ProfileIndex::new(builder.finish())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn formats_by_ending() {
    fn check(name: &str, expected: Option<ExportFormat>) {
        assert_eq!(ExportFormat::of_path(Path::new(name)), expected, "{name}");
    }
    for format in ExportFormat::ALL {
        check(&format!("/a/run{}", format.ending()), Some(format));
        assert_eq!(ExportFormat::by_name(format.name()), Some(format));
        assert_eq!(serde_json::to_value(format).unwrap(), format.name());
    }
    check("A.SVG", Some(ExportFormat::Svg));
    check("a.pprof", Some(ExportFormat::Pprof));
    for other in [".svg", "a", ".json", "a.png", "", "/", "a.svg/.."] {
        check(other, None);
    }
}

#[test]
fn every_format_is_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let of_profiles = || ExportFormat::ALL.into_iter().filter(|format| *format != ExportFormat::Json);
    for format in of_profiles() {
        let to = folder.path().join(format!("run{}", format.ending()));
        fs::write(&to, "what was there").unwrap();
        let exported = export(&index(10), Origin::Titled("a title"), format, &to).unwrap();
        assert_eq!(exported, Exported { path: to.clone(), bytes: fs::metadata(&to).unwrap().len() });
        let mut expected = Vec::new();
        write(&index(10), Origin::Titled("a title"), format, &mut expected).unwrap();
        assert_eq!(fs::read(&to).unwrap(), expected, "{format:?}");
    }
    assert_eq!(names(folder.path()).len(), of_profiles().count());
    let refused = export(&index(10), Origin::Titled("a title"), ExportFormat::Json, &folder.path().join("a.json")).unwrap_err();
    assert!(matches!(refused, ExportError::NoBenchmark));
}

#[test]
fn places_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let to = |name: &str| folder.path().join(name);
    fs::write(to("file"), "kept").unwrap();
    let refused = |index: &ProfileIndex, to: &Path| export(index, Origin::Titled(""), ExportFormat::Svg, to).unwrap_err();
    assert!(matches!(refused(&index(1), &to("missing/a.svg")), ExportError::NoFolder(_)));
    assert!(matches!(refused(&index(1), &to("file/a.svg")), ExportError::NoFolder(_)));
    assert!(matches!(refused(&index(1), folder.path()), ExportError::NotAFile(_)));
    assert!(matches!(refused(&index(1), Path::new("/")), ExportError::NotAFile(_)));
    assert!(matches!(refused(&index(1), Path::new("/dev/null")), ExportError::NotAFile(_)));
    assert!(matches!(refused(&index(0), &to("file")), ExportError::Unfit(_)));
    // A name longer than names can be fails at the end.
    assert!(matches!(refused(&index(1), &to(&"x".repeat(300))), ExportError::Write { .. }));
    assert_eq!((names(folder.path()), fs::read(to("file")).unwrap()), (vec!["file".to_owned()], b"kept".to_vec()));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link.folded"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    export(&index(3), Origin::Titled(""), ExportFormat::Folded, &link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().ends_with("hot 3000\n"));
}
