use crate::project::{Project, quiet, side, work};
use runs::versus::{Code, Figure, Side, Verdict, Versus, VersusRequest, versus};
use runs::{Cancel, Progress, RunError};
use std::collections::BTreeMap;
use std::sync::Mutex;

fn against_before(project: &Project, rounds: usize) -> VersusRequest {
    VersusRequest {
        request: project.request(),
        a: side("main~1", Code::Revision("main~1".to_owned())),
        b: side("now", Code::WorkingTree),
        rounds,
    }
}

fn verdict(versus: &Versus, figure: Figure) -> Verdict {
    versus.figures.iter().find(|of| of.figure == figure).unwrap().verdict
}

#[tokio::test]
async fn a_slower_version_is_found_in_turns() {
    let project = Project::new(10);
    project.write("work.js", &work(1_000));
    project.commit("slower");
    let steps = Mutex::new(Vec::new());
    let progress = |progress: Progress| steps.lock().unwrap().push(progress);
    let found = versus(against_before(&project, 5), Cancel::default(), progress).await.unwrap();
    assert_eq!(verdict(&found, Figure::RequestsPerSecond), Verdict::Worse, "{:?}", found.figures);
    assert_eq!(verdict(&found, Figure::ServerCpuUs), Verdict::Worse, "{:?}", found.figures);
    let headline = &found.figures[0];
    assert!(headline.ratio < 0.7 && headline.b < headline.a, "{headline:?}");
    assert_eq!(found.a.commit.as_deref(), Some(&*project.git(&["rev-parse", "main~1"])));
    assert_eq!(found.b.commit.as_deref(), Some(&*project.git(&["rev-parse", "main"])));
    assert_eq!((found.rounds.len(), found.server_cpu_us.len()), (5, 5));
    // The sides take turns in going first.
    let mut order: Vec<String> = steps.lock().unwrap().iter().map(|step| step.message.split(':').next().unwrap().to_owned()).collect();
    order.dedup();
    let expected = ["Round 1 of 5, main~1", "Round 1 of 5, now", "Round 2 of 5, now", "Round 2 of 5, main~1", "Round 3 of 5, main~1"];
    assert_eq!(order[..5], expected);
    assert!(steps.lock().unwrap().iter().all(|step| step.percent <= 100));
    project.assert_tidy();
}

/// A 95 % interval errs once in twenty times; three times in a row it does not.
#[tokio::test]
async fn equal_versions_do_not_differ() {
    let project = Project::new(200);
    project.write("README.md", "x");
    project.commit("words");
    let mut seen = Vec::new();
    for _ in 0..3 {
        let found = versus(against_before(&project, 5), Cancel::default(), quiet).await.unwrap();
        if matches!(verdict(&found, Figure::RequestsPerSecond), Verdict::NoDifferenceShown | Verdict::Undecided) {
            return;
        }
        seen.push(found.figures);
    }
    panic!("{seen:?}");
}

#[tokio::test]
async fn environments_are_compared() {
    let project = Project::new(0);
    let answer =
        |text: &str| BTreeMap::from([("ANSWER".to_owned(), Some(text.to_owned())), ("NODE_ENV".to_owned(), Some(text.to_owned()))]);
    let of = |text: &str| Side { env: answer(text), ..side(text, Code::WorkingTree) };
    let request = VersusRequest { request: project.request(), a: of("short"), b: of("production"), rounds: 1 };
    let found = versus(request, Cancel::default(), quiet).await.unwrap();
    assert_eq!([found.a.node_env.as_deref(), found.b.node_env.as_deref()], [Some("short"), Some("production")]);
    assert_eq!(verdict(&found, Figure::RequestsPerSecond), Verdict::Undecided);
    let notes = found.notes.join("\n");
    assert!(
        notes.contains("short gave a body of 5 bytes, production one of 10") && notes.contains("too few rounds to tell (1)"),
        "{notes}"
    );
}

#[tokio::test]
async fn a_round_that_fails_is_named() {
    let project = Project::new(0);
    project.write("work.js", "throw new Error('broken on purpose')");
    project.commit("broken");
    let error = versus(against_before(&project, 3), Cancel::default(), quiet).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, RunError::Round { round: 1, .. }), "{text}");
    assert!(text.starts_with("round 1, now: ") && text.contains("broken on purpose"), "{text}");
    project.assert_tidy();
    let unknown = VersusRequest { a: side("x", Code::Revision("x".to_owned())), ..against_before(&project, 3) };
    let error = versus(unknown, Cancel::default(), quiet).await.unwrap_err();
    assert!(matches!(error, RunError::Revision(_)), "{error}");
}

#[tokio::test]
async fn a_cancelled_comparison_leaves_nothing() {
    let project = Project::new(0);
    project.commit_empty();
    let cancel = Cancel::default();
    let asked = cancel.clone();
    let progress = move |progress: Progress| {
        if progress.message.contains("requests/s") {
            asked.cancel();
        }
    };
    let mut request = against_before(&project, 3);
    request.request.config.load.duration_ms = 600_000;
    let error = versus(request, cancel, progress).await.unwrap_err();
    assert!(matches!(error, RunError::Cancelled), "{error}");
    project.assert_tidy();
}
