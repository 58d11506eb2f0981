use super::*;
use std::fs;

/// A repository with a commit of these files.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch", "main"]);
    write(folder.path(), files);
    git(folder.path(), &["add", "--all"]);
    git(folder.path(), &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--no-gpg-sign", "-m", "one"]);
    folder
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = command(folder, args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn changes_are_kept_without_touching_the_tree_or_the_index() {
    let folder = repository(&[("a.js", "1"), ("sub/b.js", "1"), ("gone.js", "1")]);
    let path = folder.path();
    let (clean, note) = facts(&path.join("sub")).await.unwrap();
    assert_eq!((clean.dirty, &clean.snapshot, note), (false, &None, None));

    write(path, &[("a.js", "22"), ("sub/b.js", "2"), ("added.js", "3"), ("untracked.js", "4")]);
    fs::remove_file(path.join("gone.js")).unwrap();
    git(path, &["add", "added.js"]);
    let index = || (fs::read(path.join(".git/index")).unwrap(), fs::metadata(path.join(".git/index")).unwrap().modified().unwrap());
    let (before, status) = (index(), git(path, &["status", "--porcelain"]));
    let (dirty, note) = facts(&path.join("sub")).await.unwrap();
    assert_eq!((&dirty.commit, dirty.dirty, note), (&clean.commit, true, None));
    assert_eq!((index(), git(path, &["status", "--porcelain"])), (before, status));

    let snapshot = dirty.snapshot.unwrap();
    assert_eq!(git(path, &["ls-tree", "-r", "--name-only", &snapshot]), "a.js\nadded.js\nsub/b.js\n");
    assert_eq!(git(path, &["show", &format!("{snapshot}:a.js")]), "22");
    assert_eq!(git(path, &["rev-parse", &format!("{snapshot}^")]).trim(), clean.commit);
    assert_eq!(git(path, &["stash", "list"]), "");
    assert_eq!(facts(path).await.unwrap().0.snapshot, Some(snapshot), "equal changes make an equal commit");
    assert_eq!(untracked(&path.join("sub"), &["b.js", "nothing.js"]).await, [""; 0]);
    assert_eq!(untracked(path, &["untracked.js", "a.js"]).await, ["untracked.js"]);
}

#[tokio::test]
async fn a_change_in_the_moment_of_the_commit_is_kept() {
    // Same length, and as good as the same time as git's index has.
    for _ in 0..10 {
        let folder = repository(&[("a.js", "1")]);
        write(folder.path(), &[("a.js", "2")]);
        let (dirty, _) = facts(folder.path()).await.unwrap();
        let snapshot = dirty.snapshot.unwrap();
        assert_eq!(git(folder.path(), &["show", &format!("{snapshot}:a.js")]), "2");
    }
}

#[tokio::test]
async fn a_merge_that_is_going_on() {
    let folder = repository(&[("a.js", "1\n")]);
    let path = folder.path();
    let commit = |text: &str| {
        write(path, &[("a.js", text)]);
        git(path, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--no-gpg-sign", "-am", text.trim()]);
    };
    git(path, &["switch", "--quiet", "-c", "other"]);
    commit("2\n");
    git(path, &["switch", "--quiet", "main"]);
    commit("3\n");
    assert!(!command(path, &["-c", "user.name=a", "-c", "user.email=a@b", "merge", "other"]).output().unwrap().status.success());
    let (dirty, note) = facts(path).await.unwrap();
    assert_eq!(note, None);
    let kept = git(path, &["show", &format!("{}:a.js", dirty.snapshot.unwrap())]);
    assert!(kept.contains("<<<<<<<"), "{kept}");
}

#[tokio::test]
async fn no_repository_and_no_commit() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(facts(folder.path()).await, None);
    git(folder.path(), &["init", "--quiet"]);
    assert_eq!(facts(folder.path()).await, None);
    let error = output(folder.path(), &["rev-parse", "--verify", "nonsense"]).await.unwrap_err().to_string();
    assert!(error.starts_with("`git rev-parse --verify nonsense` failed: "), "{error}");
}

#[test]
fn references_keep_commits() {
    let folder = repository(&[("a.js", "1")]);
    let commit = git(folder.path(), &["rev-parse", "HEAD"]);
    let id = RunId("20260101-101010-abcd".to_owned());
    keep(folder.path(), &id, commit.trim());
    assert_eq!(git(folder.path(), &["rev-parse", "refs/tickmark/20260101-101010-abcd"]), commit);
    forget(folder.path(), &id);
    forget(folder.path(), &id);
    assert_eq!(git(folder.path(), &["for-each-ref", "refs/tickmark"]), "");
}
