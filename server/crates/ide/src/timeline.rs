//! A function's compilers over time, as a line of text.

use std::collections::BTreeMap;

use profile::Tier;
use profile::decisions::{DecisionSeverity, Decisions, deopt_code, severity_of};

use crate::measured::Decided;
use crate::wording::{moment, span};

/// Most entries shown at each end of a long timeline.
const AT_EACH_END: usize = 4;

/// The timeline of one isolate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// `ignition 0–12 ms → turbofan at 31 ms ✕ wrong map at 48 ms → turbofan at 60 ms`.
    pub(crate) text: String,
    /// In how many isolates the function was compiled; the text is that of the one with most events.
    pub(crate) n_threads: usize,
}

/// Code, and how it ended.
struct Entry<'a> {
    /// None for code from before the log.
    tier: Option<(Tier, bool)>,
    at_us: u64,
    times: u32,
    given_up: Option<(&'a str, u64)>,
}

/// The compilers that made a function's code, and why it was given up; none when nothing was recorded. Reasons that are part of V8's
/// normal work are left out.
pub(crate) fn timeline(decisions: &Decisions, decided: &Decided) -> Option<Timeline> {
    let mut threads: BTreeMap<u16, Vec<(u64, Event<'_>)>> = BTreeMap::new();
    for row in &decided.compilations {
        let Some(compilation) = decisions.compilations.get(*row as usize) else { continue };
        let event = Event::Code(compilation.tier, compilation.osr == Some(true));
        threads.entry(compilation.thread).or_default().push((compilation.at_us, event));
    }
    for row in &decided.deopt_events {
        let Some(event) = decisions.deopt_events.get(*row as usize) else { continue };
        let Some(deopt) = decisions.deopts.get(event.deopt as usize).filter(|deopt| !is_benign(&deopt.reason)) else { continue };
        threads.entry(event.thread).or_default().push((event.at_us, Event::GivenUp(&deopt.reason)));
    }
    let n_threads = threads.len();
    let mut events = threads.into_values().rev().max_by_key(Vec::len)?;
    // Code is given up before it is made anew.
    events.sort_by_key(|(at_us, event)| (*at_us, matches!(event, Event::Code(..))));
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (at_us, event) in events {
        let last = entries.last_mut().filter(|last| last.given_up.is_none());
        match (event, last) {
            (Event::Code(tier, osr), Some(last)) if last.tier == Some((tier, osr)) => last.times += 1,
            (Event::Code(tier, osr), _) => entries.push(Entry { tier: Some((tier, osr)), at_us, times: 1, given_up: None }),
            (Event::GivenUp(reason), Some(last)) => last.given_up = Some((reason, at_us)),
            (Event::GivenUp(reason), None) => entries.push(Entry { tier: None, at_us, times: 1, given_up: Some((reason, at_us)) }),
        }
    }
    let second = entries.get(1).map(|entry| entry.at_us);
    let shown = |(row, entry): (usize, &Entry<'_>)| entry.text((row == 0).then_some(second).flatten());
    let parts: Vec<String> = entries.iter().enumerate().map(shown).collect();
    let hidden = parts.len().saturating_sub(2 * AT_EACH_END);
    let text = if hidden > 1 {
        let middle = &entries[AT_EACH_END..AT_EACH_END + hidden];
        let given_up = middle.iter().filter(|entry| entry.given_up.is_some()).count();
        let compiled: u32 = middle.iter().filter(|entry| entry.tier.is_some()).map(|entry| entry.times).sum();
        let middle = format!("… {compiled} more compilations, {given_up} deopts …");
        let (first, last) = (&parts[..AT_EACH_END], &parts[AT_EACH_END + hidden..]);
        [first, &[middle], last].concat().join(" → ")
    } else {
        parts.join(" → ")
    };
    Some(Timeline { text, n_threads })
}

/// Whether giving code up for that reason is part of V8's normal work.
pub(crate) fn is_benign(reason: &str) -> bool {
    severity_of(&deopt_code(reason)) == DecisionSeverity::Benign
}

enum Event<'a> {
    Code(Tier, bool),
    GivenUp(&'a str),
}

impl Entry<'_> {
    /// `until_us` makes it a span.
    fn text(&self, until_us: Option<u64>) -> String {
        let mut text = String::new();
        if let Some((tier, osr)) = self.tier {
            let until_us = until_us.filter(|_| self.given_up.is_none());
            let when = until_us.map_or_else(|| format!("at {}", moment(self.at_us)), |until_us| span(self.at_us, until_us));
            let osr = if osr { " (OSR)" } else { "" };
            text = format!("{}{osr} {when}", tier.label());
            if self.times > 1 {
                text = format!("{text} ×{}", self.times);
            }
        }
        if let Some((reason, at_us)) = self.given_up {
            let space = if text.is_empty() { "" } else { " " };
            text = format!("{text}{space}✕ {reason} at {}", moment(at_us));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use profile::FrameId;
    use profile::decisions::{Compilation, Deopt, DeoptEvent};

    use super::*;

    /// Events as words: `thread ms tier`, `thread ms tier osr`, `thread ms ✕ reason`.
    fn check(events: &[&str], expected: Option<(&str, usize)>) {
        let (mut decisions, mut decided) = (Decisions::default(), Decided::default());
        let function = FrameId::new(0);
        for event in events {
            let mut words = event.splitn(4, ' ');
            let thread: u16 = words.next().unwrap().parse().unwrap();
            let at_us = words.next().unwrap().parse::<u64>().unwrap() * 1_000;
            let (what, more) = (words.next().unwrap(), words.next().unwrap_or(""));
            if what == "✕" {
                let row = u32::try_from(decisions.deopts.len()).unwrap();
                decided.deopts.push(row);
                decided.deopt_events.push(row);
                decisions.deopt_events.push(DeoptEvent { deopt: row, at_us, thread });
                decisions.deopts.push(Deopt {
                    function,
                    tier: Tier::Turbofan,
                    kind: "eager".into(),
                    reason: more.into(),
                    stack: Vec::new(),
                    count: 1,
                    first_us: at_us,
                    last_us: at_us,
                });
                continue;
            }
            let tier = Tier::ALL.into_iter().find(|tier| tier.label() == what).unwrap();
            decided.compilations.push(u32::try_from(decisions.compilations.len()).unwrap());
            let osr = Some(more == "osr");
            decisions.compilations.push(Compilation { function, tier, osr, at_us, code_bytes: 1, thread });
        }
        let found = timeline(&decisions, &decided);
        assert_eq!(found.as_ref().map(|found| (found.text.as_str(), found.n_threads)), expected, "{events:?}");
    }

    #[test]
    fn tiers_and_why_they_ended() {
        check(&[], None);
        check(&["0 3 ignition"], Some(("ignition at 3 ms", 1)));
        check(
            &["0 0 ignition", "0 12 maglev", "0 31 turbofan", "0 48 ✕ wrong map", "0 60 turbofan"],
            Some(("ignition 0–12 ms → maglev at 12 ms → turbofan at 31 ms ✕ wrong map at 48 ms → turbofan at 60 ms", 1)),
        );
    }

    #[test]
    fn normal_work_is_left_out() {
        check(
            &["0 0 ignition", "0 5 maglev", "0 6 ✕ prepare for on stack replacement (OSR)", "0 6 turbofan osr"],
            Some(("ignition 0–5 ms → maglev at 5 ms → turbofan (OSR) at 6 ms", 1)),
        );
        check(&["0 6 ✕ prepare for on stack replacement (OSR)"], None);
    }

    #[test]
    fn in_the_order_of_time() {
        check(
            &["0 60 turbofan", "0 0 ignition", "0 60 ✕ wrong map", "0 31 turbofan"],
            Some(("ignition 0–31 ms → turbofan at 31 ms ✕ wrong map at 60 ms → turbofan at 60 ms", 1)),
        );
        check(&["0 7 ✕ wrong map", "0 8 turbofan"], Some(("✕ wrong map at 7 ms → turbofan at 8 ms", 1)));
        check(&["0 1 ignition", "0 9 ✕ wrong map"], Some(("ignition at 1 ms ✕ wrong map at 9 ms", 1)));
    }

    #[test]
    fn the_same_again_is_counted() {
        check(&["0 1 ignition", "0 2 ignition", "0 3 ignition", "0 4 maglev"], Some(("ignition 1–4 ms ×3 → maglev at 4 ms", 1)));
    }

    #[test]
    fn a_loop_is_shortened() {
        let mut events = vec!["0 0 ignition".to_owned()];
        for round in 1..=20 {
            events.push(format!("0 {} turbofan", round * 10));
            events.push(format!("0 {} ✕ wrong map", round * 10 + 5));
        }
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        let entry = |ms: u32| format!("turbofan at {ms} ms ✕ wrong map at {} ms", ms + 5);
        let shown = [
            "ignition 0–10 ms".to_owned(),
            entry(10),
            entry(20),
            entry(30),
            "… 13 more compilations, 13 deopts …".to_owned(),
            entry(170),
            entry(180),
            entry(190),
            entry(200),
        ];
        check(&events, Some((&shown.join(" → "), 1)));
    }

    #[test]
    fn the_busiest_thread_is_shown() {
        check(&["0 1 ignition", "2 5 ignition", "2 6 maglev"], Some(("ignition 5–6 ms → maglev at 6 ms", 2)));
        check(&["3 1 ignition", "1 5 ignition"], Some(("ignition at 5 ms", 2)));
    }
}
