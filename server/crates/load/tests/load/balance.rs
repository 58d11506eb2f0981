//! That every request is accounted for, whatever servers do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{OK, Server, run};
use load::{Limit, LoadError, Pace, Rate};
use proptest::prelude::*;

/// What a server does with one request.
#[derive(Debug, Clone, Copy)]
enum Act {
    Answer,
    AnswerAndClose,
    Fail,
    Close,
    Reset,
    Truncate,
    Garbage,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    use Act::{Answer, AnswerAndClose, Close, Fail, Garbage, Reset, Truncate};
    let act = prop::sample::select(vec![Answer, Answer, Answer, AnswerAndClose, Fail, Close, Reset, Truncate, Garbage]);
    prop::collection::vec(act, 1..12)
}

fn chaotic(acts: Vec<Act>) -> Server {
    let next = Arc::new(Mutex::new(acts.into_iter().cycle()));
    Server::start(move |mut client| {
        let next = Arc::clone(&next);
        async move {
            while client.request().await.is_some() {
                let act = next.lock().unwrap().next().unwrap();
                let (bytes, goes_on) = match act {
                    Act::Answer => (OK, true),
                    Act::AnswerAndClose => (OK, false),
                    Act::Fail => ("HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno", true),
                    Act::Close => ("", false),
                    Act::Reset => return client.reset(),
                    Act::Truncate => ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhel", false),
                    Act::Garbage => ("\u{1}\u{2}nonsense\r\n\r\n", false),
                };
                if !client.send(bytes).await || !goes_on {
                    return;
                }
            }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn in_a_closed_loop(acts in acts(), connections in 1usize..6, threads in 1usize..3, requests in 1u64..60) {
        let server = chaotic(acts);
        let mut plan = server.plan(requests);
        plan.connections = connections;
        plan.threads = threads;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (report, _) = runtime.block_on(run(&plan));
        prop_assert!(report.sent <= requests);
        prop_assert_eq!(report.unfinished, 0);
        // Stopped in the middle, the balance holds too.
        plan.limit = Limit::Duration(Duration::from_millis(requests));
        let (report, _) = runtime.block_on(run(&plan));
        prop_assert!(report.unfinished <= connections as u64);
    }

    #[test]
    fn whatever_the_plan(
        acts in acts(),
        connections in 1usize..4,
        in_flight in 1usize..5,
        keep_alive in any::<bool>(),
        rate in prop::option::of(prop::sample::select(vec![50.0, 1000.0, 100_000.0])),
        requests in 1u64..30,
    ) {
        let server = chaotic(acts);
        let mut plan = server.plan(requests);
        plan.connections = connections;
        plan.in_flight = if keep_alive { in_flight } else { 1 };
        plan.keep_alive = keep_alive;
        plan.pace = rate.map_or(Pace::Closed, |rate| Pace::Open(Rate::Constant(rate)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (report, error) = runtime.block_on(run(&plan));
        // One that fails again and again may be given up before its end.
        if !matches!(error, Some(LoadError::NothingSucceeds { .. })) {
            prop_assert_eq!((report.sent, report.unfinished), (requests, 0));
        }
        plan.limit = Limit::Duration(Duration::from_millis(requests));
        let (report, _) = runtime.block_on(run(&plan));
        if let Some(rate) = rate {
            prop_assert_eq!(report.sent, (rate * requests as f64 / 1e3).ceil() as u64);
        } else {
            prop_assert!(report.unfinished <= (connections * in_flight) as u64);
        }
    }
}
