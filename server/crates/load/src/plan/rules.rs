use std::time::Duration;

use super::{Limit, Plan, PlanError, Protocol};
use crate::schedule::{Pace, Rate};

/// Most connections: there are not many more ports for one address of a server.
const CONNECTIONS: usize = 50_000;

/// Most requests in flight on one connection.
const IN_FLIGHT: usize = 10_000;

/// Most requests/s: beyond it a schedule in nanoseconds is none.
const RATE: f64 = 1e8;

/// Checks what does not concern single requests.
pub(super) fn check(plan: &Plan) -> Result<(), PlanError> {
    let wrong = wrong_amounts(plan).or_else(|| wrong_pace(plan)).or_else(|| wrong_protocol(plan));
    wrong.map_or(Ok(()), |(field, problem)| Err(PlanError { field, problem }))
}

type Wrong = Option<(&'static str, String)>;

fn wrong_amounts(plan: &Plan) -> Wrong {
    let within = |value: usize, most: usize| (1..=most).contains(&value);
    let checks = [
        (!plan.requests.is_empty(), "requests", "there is nothing to send: give at least one request".to_owned()),
        (within(plan.connections, CONNECTIONS), "connections", format!("{} are not from 1 to {CONNECTIONS}", plan.connections)),
        (plan.threads > 0, "threads", "must be at least 1".to_owned()),
        (within(plan.in_flight, IN_FLIGHT), "in_flight", format!("{} are not from 1 to {IN_FLIGHT}", plan.in_flight)),
        (!plan.timeout.is_zero(), "timeout", "must be above zero".to_owned()),
        (!plan.give_up_after.is_zero(), "give_up_after", "must be above zero: the run would end before the first response".to_owned()),
        (plan.slice >= Duration::from_millis(1), "slice", "must be at least 1 ms".to_owned()),
        (plan.limit != Limit::Requests(0) && plan.limit != Limit::Duration(Duration::ZERO), "limit", "must be above zero".to_owned()),
    ];
    checks.into_iter().find(|(holds, ..)| !holds).map(|(_, field, problem)| (field, problem))
}

fn wrong_pace(plan: &Plan) -> Wrong {
    let Pace::Open(rate) = plan.pace else { return None };
    let refuse = |problem: String| Some(("pace", problem));
    let is_rate = |rate: f64| rate > 0.0 && rate <= RATE;
    let unusable = |rate: f64| refuse(format!("a rate of {rate} requests/s cannot be kept: give one above 0, at most {RATE:.0}"));
    match rate {
        Rate::Constant(rate) if !is_rate(rate) => unusable(rate),
        Rate::Ramp { from, .. } if !is_rate(from) && from != 0.0 => unusable(from),
        Rate::Ramp { to, .. } if !is_rate(to) => unusable(to),
        Rate::Ramp { over, .. } if over.is_zero() => refuse("a ramp takes time: give it a length above zero, or a constant rate".into()),
        _ => None,
    }
}

fn wrong_protocol(plan: &Plan) -> Wrong {
    if plan.in_flight > 1 && !plan.keep_alive {
        let problem = "several requests in flight need a connection that is kept: leave keep-alive on, or send one at a time";
        return Some(("in_flight", problem.into()));
    }
    if plan.protocol == Protocol::Http2 && !plan.keep_alive {
        let problem = "an HTTP/2 connection takes many requests: use HTTP/1.1 to measure a connection for each request";
        return Some(("keep_alive", problem.into()));
    }
    let socket = plan.target.unix_socket()?;
    let instead = "let the server listen on a port";
    match plan.protocol {
        _ if !cfg!(unix) => Some(("target", format!("{}: Unix sockets are not supported on this system, {instead}", socket.display()))),
        Protocol::Http2 => Some(("protocol", format!("HTTP/2 over a Unix socket is not supported: use HTTP/1.1, or {instead}"))),
        Protocol::Http1 => None,
    }
}
