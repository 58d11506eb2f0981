use std::time::Duration;

use super::*;
use crate::requests::Compiled;
use crate::schedule::Rate;

fn plan() -> Plan {
    Plan::get(Target::parse("http://localhost:3000/a").unwrap())
}

#[test]
fn the_default_can_be_carried_out() {
    Compiled::new(&plan()).unwrap();
}

#[test]
fn refuses_what_cannot_be_done() {
    let check = |change: fn(&mut Plan), field: &str, says: &str| {
        let mut plan = plan();
        change(&mut plan);
        let error = Compiled::new(&plan).unwrap_err();
        assert!(error.field == field && error.problem.contains(says), "{error}");
    };
    check(|plan| plan.requests.clear(), "requests", "at least one");
    check(|plan| plan.connections = 0, "connections", "1 to 50000");
    check(|plan| plan.connections = 50_001, "connections", "1 to 50000");
    check(|plan| plan.threads = 0, "threads", "at least 1");
    check(|plan| plan.in_flight = 0, "in_flight", "from 1");
    check(|plan| plan.timeout = Duration::ZERO, "timeout", "above zero");
    check(|plan| plan.give_up_after = Duration::ZERO, "give_up_after", "above zero");
    check(|plan| plan.limit = Limit::Requests(0), "limit", "above zero");
    check(|plan| plan.limit = Limit::Duration(Duration::ZERO), "limit", "above zero");
    check(|plan| plan.slice = Duration::from_micros(1), "slice", "1 ms");
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e12] {
        let mut plan = plan();
        plan.pace = Pace::Open(Rate::Constant(rate));
        assert_eq!(Compiled::new(&plan).unwrap_err().field, "pace", "{rate}");
    }
    check(|plan| plan.pace = ramp(-1.0, 5.0, 1), "pace", "-1 requests/s");
    check(|plan| plan.pace = ramp(1.0, 0.0, 1), "pace", "0 requests/s");
    check(|plan| plan.pace = ramp(1.0, 5.0, 0), "pace", "takes time");
    check(
        |plan| {
            plan.in_flight = 2;
            plan.keep_alive = false;
        },
        "in_flight",
        "keep-alive",
    );
    check(
        |plan| {
            plan.protocol = Protocol::Http2;
            plan.keep_alive = false;
        },
        "keep_alive",
        "HTTP/1.1",
    );
    #[cfg(unix)]
    check(
        |plan| {
            plan.protocol = Protocol::Http2;
            plan.target = plan.target.clone().with_unix_socket("/tmp/a.sock");
        },
        "protocol",
        "HTTP/1.1",
    );
}

#[test]
fn takes_what_can_be_done() {
    let check = |change: fn(&mut Plan)| {
        let mut plan = plan();
        change(&mut plan);
        Compiled::new(&plan).unwrap();
    };
    check(|plan| plan.connections = 50_000);
    // A warm-up is shorter than its ramp.
    check(|plan| plan.pace = ramp(0.0, 5.0, 11));
    check(|plan| {
        plan.pace = ramp(5.0, 1.0, 10);
        plan.limit = Limit::Requests(5);
    });
    check(|plan| plan.keep_alive = false);
    check(|plan| plan.first_mut().body = bytes::Bytes::from("a GET may have a body"));
    #[cfg(unix)]
    check(|plan| plan.target = plan.target.clone().with_unix_socket("/tmp/a.sock"));
}

fn ramp(from: f64, to: f64, seconds: u64) -> Pace {
    Pace::Open(Rate::Ramp { from, to, over: Duration::from_secs(seconds) })
}
