//! The pages that explain codes, as files that an editor can open.

use crate::lsp::to_proto;
use dashmap::DashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tower_lsp::ls_types::Uri;

/// Pages are embedded in the program; an editor needs a file. They are written when they are first named, into the user's cache folder.
#[derive(Debug, Default)]
pub(super) struct Pages {
    folder: OnceLock<Option<PathBuf>>,
    written: DashMap<String, Option<Uri>>,
}

impl Pages {
    /// The page of a code; none when the code has none, or it cannot be written. Writes a file the first time.
    pub(super) fn uri(&self, code: &str) -> Option<Uri> {
        if let Some(known) = self.written.get(code) {
            return known.clone();
        }
        let folder = self.folder.get_or_init(|| Some(dirs::cache_dir()?.join("tickmark").join(env!("CARGO_PKG_VERSION")).join("codes")));
        // Of two texts with the same code one writes: they would take away each other's draft.
        self.written.entry(code.to_owned()).or_insert_with(|| write(folder.as_deref()?, code)).clone()
    }

    /// Whether [`Self::uri`] writes no file for the code.
    pub(super) fn knows(&self, code: &str) -> bool {
        self.written.contains_key(code)
    }
}

fn write(folder: &Path, code: &str) -> Option<Uri> {
    let page = ide::explanations::explanation(code)?.page;
    let file = folder.join(format!("{code}.md"));
    let is_there = std::fs::read_to_string(&file).is_ok_and(|text| text == page);
    if !is_there {
        let parent = file.parent()?;
        let made = std::fs::create_dir_all(parent).and_then(|()| {
            // Several servers may write the same page: each its own file, and the last name wins.
            let draft = parent.join(format!(".{}-{}", std::process::id(), file.file_name().unwrap_or_default().to_string_lossy()));
            std::fs::write(&draft, page).and_then(|()| std::fs::rename(&draft, &file))
        });
        if let Err(error) = made {
            tracing::warn!(%error, "the page of {code} cannot be written to {}", file.display());
            return None;
        }
    }
    to_proto::file_uri(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_once_and_again_when_it_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let pages = Pages { folder: OnceLock::from(Some(folder.path().to_owned())), ..Pages::default() };
        let uri = pages.uri("deopt/wrong-map").unwrap();
        let file = folder.path().join("deopt/wrong-map.md");
        assert_eq!(uri.to_file_path().as_deref(), Some(file.as_path()));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("# "), "{text}");
        std::fs::write(&file, "of an older build").unwrap();
        assert!(write(folder.path(), "deopt/wrong-map").is_some());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        assert_eq!(pages.uri("hot/line"), None);
        assert_eq!(pages.uri("../../etc/passwd"), None);
    }

    #[test]
    fn two_texts_may_ask_at_once() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let pages = Pages { folder: OnceLock::from(Some(folder.path().to_owned())), ..Pages::default() };
            std::thread::scope(|scope| {
                let asked: Vec<_> = (0..4).map(|_| scope.spawn(|| pages.uri("deopt/wrong-map"))).collect();
                asked.into_iter().for_each(|asked| assert!(asked.join().unwrap().is_some()));
            });
            assert!(pages.knows("deopt/wrong-map") && !pages.knows("ic/megamorphic"));
        }
    }

    #[test]
    fn without_a_folder_there_is_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("file");
        std::fs::write(&in_the_way, "").unwrap();
        assert_eq!(write(&in_the_way, "deopt/wrong-map"), None);
    }
}
