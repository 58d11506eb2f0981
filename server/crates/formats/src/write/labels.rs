//! How frames are named in formats that have nothing but a text for them.

use profile::{Category, Frame, Profile};

/// `name file:line` of each frame, the file relative to the folder that the project's own files have in common. A space in the file is a
/// no-break space, so that it is told from the one behind the name.
pub(super) fn labels(profile: &Profile) -> Vec<String> {
    let root = common_folder(profile);
    profile.frames.iter().map(|frame| label(profile, frame, &root)).collect()
}

/// The name of a frame for a person.
pub(super) fn name(frame: &Frame) -> &str {
    if frame.name.is_empty() { "(anonymous)" } else { &frame.name }
}

fn label(profile: &Profile, frame: &Frame, root: &str) -> String {
    let Some(source) = frame.source.map(|source| profile.source(source)) else { return name(frame).to_owned() };
    let file = source.path.as_deref().unwrap_or(&source.url);
    let file = file.strip_prefix(root).filter(|rest| !rest.is_empty()).unwrap_or(file).replace(' ', "\u{a0}");
    match frame.start {
        Some(start) if !file.is_empty() => format!("{} {file}:{}", name(frame), start.line),
        _ if !file.is_empty() => format!("{} {file}", name(frame)),
        _ => name(frame).to_owned(),
    }
}

/// The folder, with its last separator, of all files with the project's own code; empty when they have none in common.
fn common_folder(profile: &Profile) -> String {
    let own = profile.frames.iter().filter(|frame| frame.category == Category::App);
    let mut paths = own.filter_map(|frame| profile.source(frame.source?).path.as_deref());
    let Some(first) = paths.next() else { return String::new() };
    let folder_of = |path: &str| path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let mut root = &first[..folder_of(first)];
    for path in paths {
        while !path.starts_with(root) {
            root = &root[..folder_of(root.trim_end_matches(['/', '\\']))];
        }
    }
    // The root of the file system is no project.
    if root.len() <= 1 { String::new() } else { root.to_owned() }
}
