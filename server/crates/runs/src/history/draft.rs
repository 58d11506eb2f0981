//! A run that is being written: a hidden folder beside the others, renamed when it is complete.

use super::{History, HistoryError, PARTIAL, RECORD};
use crate::record::{RunId, RunRecord};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

impl History {
    /// Begins a run: a folder to write to. Where the workspace cannot be written, a folder for temporary files serves, and the second
    /// answer says so.
    pub(crate) fn begin(&self, id: &RunId) -> Result<(Draft, Option<String>), HistoryError> {
        self.sweep();
        let name = format!("{PARTIAL}{}-{id}", std::process::id());
        let inside = make_ignored(&self.folder).and_then(|()| Draft::make(self.folder.join(&name), self.folder_of(id)));
        match inside {
            Ok(draft) => Ok((draft, None)),
            Err(error) if is_about_the_workspace(&error) => {
                let elsewhere = std::env::temp_dir().join(format!("tickmark-{id}"));
                let draft = Draft::make(std::env::temp_dir().join(name), elsewhere.clone()).map_err(|source| HistoryError::Io {
                    action: "make",
                    path: elsewhere.clone(),
                    source,
                })?;
                let folder = self.folder.display();
                Ok((draft, Some(format!("{folder} cannot be written ({error}): the run is kept in {} only.", elsewhere.display()))))
            }
            Err(source) => Err(HistoryError::Io { action: "make a folder in", path: self.folder.clone(), source }),
        }
    }
}

/// A run that is being written. Dropping it removes what was written.
#[derive(Debug)]
pub(crate) struct Draft {
    folder: PathBuf,
    raw: PathBuf,
    destination: PathBuf,
}

impl Draft {
    fn make(folder: PathBuf, destination: PathBuf) -> io::Result<Self> {
        let raw = folder.join("raw");
        fs::create_dir_all(&raw)?;
        Ok(Self { folder, raw, destination })
    }

    /// Where V8 writes.
    pub(crate) fn raw_folder(&self) -> &Path {
        &self.raw
    }

    /// A text in which the run's folder is named as it is called when the run is complete.
    pub(crate) fn in_place(&self, text: &str) -> String {
        text.replace(&*self.folder.to_string_lossy(), &self.destination.to_string_lossy())
    }

    /// Writes a file of the run.
    pub(crate) fn write(
        &self,
        name: impl AsRef<Path>,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), HistoryError> {
        let path = self.folder.join(name);
        let result = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let mut out = BufWriter::new(File::create(&path)?);
            write(&mut out)?;
            out.flush()
        });
        result.map_err(|source| HistoryError::Io { action: "write", path, source })
    }

    /// Writes the record and makes the run visible.
    pub(crate) fn publish(self, record: &RunRecord) -> Result<PathBuf, HistoryError> {
        self.write(RECORD, |out| serde_json::to_writer_pretty(out, record).map_err(io::Error::from))?;
        let destination = self.destination.clone();
        fs::rename(&self.folder, &destination).map_err(|source| HistoryError::Io { action: "make", path: destination.clone(), source })?;
        Ok(destination)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After `publish` there is nothing left at this path.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The folder of a workspace that is Tickmark's own, made if need be and kept out of git.
///
/// # Errors
/// When it cannot be made.
pub fn own_folder(workspace: &Path) -> io::Result<PathBuf> {
    let folder = workspace.join(".tickmark");
    make_ignored(&folder.join("runs"))?;
    Ok(folder)
}

/// Makes the folder of runs, and keeps it out of git by a file of its own.
fn make_ignored(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let ignore = folder.parent().unwrap_or(folder).join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    Ok(())
}

fn is_about_the_workspace(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists
    )
}
