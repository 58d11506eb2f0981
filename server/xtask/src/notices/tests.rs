use super::*;
use crate::process::capture;

/// A crate under the MIT licence.
pub(crate) fn package(name: &str) -> Package {
    Package {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        part: Part::Program,
        licence: Some("MIT".to_owned()),
        repository: None,
        registry: None,
        authors: Vec::new(),
        texts: Vec::new(),
    }
}

fn here() -> &'static Platform {
    crate::dist::platform(None).expect("this machine is one of the platforms")
}

#[test]
fn the_crates_of_the_program_are_those_that_it_links() {
    let root = crate::root().expect("the repository");
    let packages = crates::linked(&root, &[here().triple]).expect("cargo tells");
    let find = |name: &str| packages.iter().find(|package| package.name == name);
    let inferno = find("inferno").expect("it is linked");
    assert_eq!(inferno.licence.as_deref(), Some("CDDL-1.0"));
    assert!(inferno.texts.iter().any(|text| text.is_licence() && text.text.contains("COMMON DEVELOPMENT AND DISTRIBUTION LICENSE")));
    assert!(inferno.registry.is_some() && inferno.repository.is_some());
    // Its expansion is in the program.
    assert!(find("serde_derive").is_some());
    for (name, what) in
        [("tickmark", "ours"), ("runs", "ours"), ("syn", "of macros"), ("cc", "of builds"), ("insta", "of tests"), ("spdx", "of this")]
    {
        assert!(find(name).is_none(), "{name} is {what}");
    }
}

#[test]
fn everything_that_is_linked_may_be_shipped_and_has_a_text_on_the_page() {
    let root = crate::root().expect("the repository");
    let packages = crates::linked(&root, &[here().triple]).expect("cargo tells");
    assert_eq!(packages.iter().filter_map(policy::refused).collect::<Vec<_>>(), [] as [String; 0]);
    let page = page::render(here().name, &packages).expect("accepted");
    for package in &packages {
        assert!(page.contains(&format!("\n{} {}\n    Licence: ", package.name, package.version)), "{}", package.name);
    }
    assert_eq!(page.matches("\n    Texts: ").count(), packages.len());
    let home = capture(std::process::Command::new(crate::dist::toolchain::rustc()).args(["--print", "sysroot"])).expect("rustc");
    assert!(!page.contains(home.trim()), "the page knows this machine");
}
