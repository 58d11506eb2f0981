use crate::project::{Project, quiet};
use load::{Limit, Method, Pace, Plan, Rate, RequestSpec};
use runs::{Cancel, History, Instruments, Phase, Request, RunError, Target, measure};
use std::time::Duration;

#[tokio::test]
async fn a_benchmark_is_stored_with_its_surroundings() {
    let project = Project::new(1);
    let run = measure(project.request(), Cancel::default(), quiet).await.unwrap();
    let record = &run.record;
    let load = record.load.as_ref().unwrap();
    assert_eq!((record.instruments, load.failed, load.sent), (Instruments::Load, 0, load.completed + load.unfinished));
    assert!(load.completed > 0);
    let cpu = record.server_cpu_us.as_ref().unwrap();
    assert!(cpu.mean > 0.0 && cpu.parts.iter().all(|part| *part >= 0.0), "{cpu:?}");
    assert!(record.overhead.is_none() && record.artifacts.model.is_none());
    assert!(run.folder.as_ref().unwrap().join(record.artifacts.html.as_ref().unwrap()).is_file());
    let git = record.git.as_ref().unwrap();
    assert_eq!((&*git.commit, git.dirty, &git.snapshot), (&*project.git(&["rev-parse", "HEAD"]), false, &None));
    #[cfg(target_os = "linux")]
    assert!(record.host.load_average.is_some());

    let history = History::new(&project.workspace);
    let stored = history.load(&record.id).unwrap();
    assert_eq!((stored.record.load.unwrap().completed, stored.profile.samples.len()), (load.completed, 0));
    assert!(history.list().unwrap().newest_profiled().is_none());

    let again = measure(project.request(), Cancel::default(), quiet).await.unwrap();
    let comparison = again.record.comparison.unwrap();
    assert_eq!(comparison.with, record.id);
    let headline = |is_open_loop| comparison.of_route(is_open_loop)[0].0.title();
    assert_eq!((headline(false), headline(true)), ("requests/s", "p50"));
    assert!(comparison.cpu_ms_per_request.is_some());
    project.assert_tidy();
}

fn plan(requests: &[(Method, &str)]) -> Plan {
    // Nobody listens there: the program's own address takes its place.
    let mut plan = Plan::get(load::Target::parse("http://127.0.0.1:1/").unwrap());
    plan.requests = requests.iter().map(|(method, path)| RequestSpec { method: method.clone(), ..RequestSpec::get(path) }).collect();
    (plan.connections, plan.limit) = (2, Limit::Duration(Duration::from_millis(500)));
    plan
}

#[tokio::test]
async fn a_plan_takes_the_place_of_the_settings() {
    let project = Project::new(0);
    let mut plan = plan(&[(Method::GET, "/a"), (Method::POST, "/b")]);
    plan.pace = Pace::Open(Rate::Constant(100.0));
    let request = Request { plan: Some(plan), ..project.request() };
    let run = measure(request, Cancel::default(), quiet).await.unwrap();
    let load = run.record.load.unwrap();
    assert!((30..=55).contains(&load.sent), "{}", load.sent);
    assert_eq!((load.failed, load.connections), (0, 2));
}

#[tokio::test]
async fn the_request_that_fails_is_named() {
    let project = Project::new(0);
    let request = Request { plan: Some(plan(&[(Method::GET, "/a"), (Method::GET, "/missing")])), ..project.request() };
    let error = measure(request, Cancel::default(), quiet).await.unwrap_err().to_string();
    assert!(error.starts_with("request 2 of 2, GET /missing, answered 404"), "{error}");
    project.assert_tidy();
}

#[tokio::test]
async fn a_benchmark_that_is_ended_gives_what_it_has() {
    let project = Project::new(0);
    let mut request = project.request();
    request.config.load.duration_ms = 600_000;
    let cancel = Cancel::default();
    let asked = cancel.clone();
    let run = measure(request, cancel, move |progress| {
        if progress.phase == Phase::Load && progress.message.ends_with(" requests/s") && progress.message != "0 requests/s" {
            asked.finish();
        }
    });
    let load = run.await.unwrap().record.load.unwrap();
    assert!(load.completed > 0 && load.duration_ms < 600_000.0, "{}", load.duration_ms);
}

#[tokio::test]
async fn only_routes_are_benchmarked() {
    let project = Project::new(0);
    let target = Target::Program { entry: "server.js".into(), args: vec![] };
    let error = measure(Request { target, ..project.request() }, Cancel::default(), quiet).await.unwrap_err();
    assert!(matches!(error, RunError::NotARoute(_)), "{error}");
}

#[tokio::test]
async fn a_set_up_for_development_is_pointed_out() {
    let project = Project::new(0);
    project.write("package.json", r#"{"dependencies":{"express":"5"}}"#);
    let notes = async |node_env: &str| {
        let mut request = project.request();
        request.config.env.insert("NODE_ENV".into(), Some(node_env.into()));
        measure(request, Cancel::default(), quiet).await.unwrap().record.notes.join("\n")
    };
    assert!(notes("development").await.contains("NODE_ENV is development: Express"));
    assert!(!notes("production").await.contains("NODE_ENV"));
}
