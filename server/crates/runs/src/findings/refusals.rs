//! Calls that V8 would not inline.

use super::evidence::Evidence;
use super::texts::Text;
use super::words::{counted, number, sentence};
use profile::decisions::{DecisionSeverity, Place, Refusal, inlining_code, severity_of};
use profile::finding::FindingSeverity;
use profile::{Category, Finding, FrameId, Tier};
use source::calls::{Call, calls_of};
use std::collections::{BTreeMap, HashSet};

/// V8's defaults of `--max-inlined-bytecode-size` and `--max-inlined-bytecode-size-cumulative` (src/flags/flag-definitions.h): Node 18 to
/// 26 have the same. Maglev's own limit is printed in its reason.
const MAX_INLINED_BYTES: u32 = 460;
const MAX_INLINED_TOGETHER_BYTES: u32 = 920;

pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let inlined: HashSet<(FrameId, FrameId)> = evidence
        .decisions
        .inlinings
        .iter()
        .filter(|inlining| inlining.tier == Tier::Turbofan)
        .filter_map(|inlining| Some((inlining.into, inlining.callee?)))
        .collect();
    let mut groups: BTreeMap<(Option<FrameId>, FrameId), Vec<&Refusal>> = BTreeMap::new();
    for refusal in &evidence.decisions.refusals {
        // What Maglev leaves out, TurboFan may take in.
        let taken_in = refusal.tier == Tier::Maglev && refusal.into.is_some_and(|into| inlined.contains(&(into, refusal.callee)));
        if !taken_in && severity_of(&inlining_code(&refusal.reason)) != DecisionSeverity::Benign {
            groups.entry((refusal.into, refusal.callee)).or_default().push(refusal);
        }
    }
    groups.into_values().flat_map(|refusals| of_call(evidence, &refusals)).collect()
}

/// One finding per reason. The last compiler's word counts.
fn of_call(evidence: &Evidence<'_>, refusals: &[&Refusal]) -> Vec<Finding> {
    let last = refusals.iter().map(|refusal| refusal.tier).filter(|tier| *tier != Tier::Unknown).max();
    let mut by_code: BTreeMap<String, (&Refusal, u64)> = BTreeMap::new();
    for refusal in refusals.iter().filter(|refusal| last.is_none_or(|last| refusal.tier == last)) {
        let (_, count) = by_code.entry(inlining_code(&refusal.reason)).or_insert((refusal, 0));
        *count += u64::from(refusal.count);
    }
    by_code.into_iter().filter_map(|(code, (refusal, count))| finding(evidence, code, refusal, count)).collect()
}

fn finding(evidence: &Evidence<'_>, code: String, refusal: &Refusal, count: u64) -> Option<Finding> {
    // Nobody can make Node's own functions smaller.
    if evidence.profile.frame(refusal.callee).category == Category::NodeCore {
        return None;
    }
    let found = call_place(evidence, refusal);
    let (place, n_calls) = match &found {
        Some((place, n_calls)) => (*place, *n_calls),
        // Without a call the callee is what can be changed.
        None => (evidence.place_of(refusal.into.unwrap_or(refusal.callee)), 0),
    };
    if !evidence.is_users_place(&place) {
        return None;
    }
    let callee = evidence.called(refusal.callee);
    let into = refusal.into.map(|into| format!(" into {}", evidence.called(into))).unwrap_or_default();
    let one_of = if n_calls > 1 { format!(" (one of {n_calls} calls)") } else { String::new() };
    let message = format!("{callee} was not inlined{into}{one_of}, because {}.", because(&code, refusal));
    let size = evidence.function_place(refusal.callee).map(|_| (evidence.place_of(refusal.callee), callee_note(&callee, refusal)));
    Some(Finding {
        severity: if code == "inlining/too-big" { FindingSeverity::Information } else { FindingSeverity::Hint },
        code,
        message: sentence(&message),
        share: refusal.into.or(place.function).map_or(0.0, |function| evidence.share(function)),
        count,
        place: evidence.place(&place),
        related: evidence.related(size.filter(|(other, _)| *other != place)),
        ..Finding::default()
    })
}

fn callee_note(callee: &str, refusal: &Refusal) -> String {
    match refusal.bytecode_bytes {
        Some(bytes) => format!("{} begins here; its bytecode has {}.", sentence(callee), counted(u64::from(bytes), "byte", "bytes")),
        None => format!("{} begins here.", sentence(callee)),
    }
}

fn because(code: &str, refusal: &Refusal) -> String {
    let size = refusal.bytecode_bytes.map(|bytes| counted(u64::from(bytes), "byte", "bytes"));
    let size = size.as_deref();
    match code {
        "inlining/too-big" => {
            let limit = limit_in(&refusal.reason).unwrap_or(MAX_INLINED_BYTES);
            let compiler = if refusal.tier == Tier::Maglev { "V8's middle compiler" } else { "V8" };
            let size = size.map_or_else(|| "it is too big".to_owned(), |size| format!("its bytecode has {size}"));
            format!("{size}, and {compiler} inlines at most {}", number(u64::from(limit)))
        }
        "inlining/budget-exceeded" => format!(
            "what was inlined there before left no room{}: V8 takes in at most {MAX_INLINED_TOGETHER_BYTES} bytes of bytecode per function",
            size.map(|size| format!(" for its {size}")).unwrap_or_default()
        ),
        "inlining/recursive" => "it calls itself".to_owned(),
        "inlining/too-deep" => "too many calls are inlined around it already".to_owned(),
        "inlining/exception-handlers" => "it has a `try` that this version of V8 does not inline".to_owned(),
        "inlining/optimisation-disabled" => "V8 has given up optimising it".to_owned(),
        "inlining/class-constructor" => "it is a class constructor, called without `new`".to_owned(),
        _ => format!("V8 says: {}", refusal.reason.trim_start_matches([',', ' '])),
    }
}

/// The limit in Maglev's own words: `big function, size (213) >= max-size (100)`.
fn limit_in(reason: &str) -> Option<u32> {
    let (_, behind) = reason.split_once("max-size (")?;
    behind.split_once(')')?.0.parse().ok()
}

/// The call in the caller's text, and how many calls there are of that name. The caller is the compiled function, or one of those inlined
/// into it: traces do not tell.
pub(super) fn call_place(evidence: &Evidence<'_>, refusal: &Refusal) -> Option<(Place, usize)> {
    if let Some(call) = refusal.call {
        return Some((call, 1));
    }
    let into = refusal.into?;
    let inlined = evidence.decisions.inlinings.iter().filter(|inlining| inlining.into == into).filter_map(|inlining| inlining.callee);
    std::iter::once(into).chain(inlined).find_map(|caller| call_in(evidence, caller, refusal.callee))
}

fn call_in(evidence: &Evidence<'_>, caller: FrameId, callee: FrameId) -> Option<(Place, usize)> {
    let name = evidence.profile.frame(callee).name.rsplit(['.', ' ']).next().filter(|name| !name.is_empty())?;
    let (text, calls) = calls(evidence, caller)?;
    let named: Vec<&Call> = calls.iter().filter(|call| call.name == name).collect();
    let position = text.position(named.first()?.callee.start);
    Some((Place { position: Some(position), ..evidence.place_of(caller) }, named.len()))
}

fn calls(evidence: &Evidence<'_>, caller: FrameId) -> Option<(std::rc::Rc<Text>, Vec<Call>)> {
    let frame = evidence.profile.frame(caller);
    let text = evidence.texts.of(evidence.source_path(&evidence.place_of(caller))?)?;
    let function = text.function(&frame.name, frame.start?)?;
    let calls = calls_of(text.document.syntax(), text.document.text(), text.functions(), function);
    Some((text, calls))
}

#[cfg(test)]
mod tests {
    use crate::findings::fixture::{Fixture, shown};
    use profile::decisions::{Inlining, Refusal};
    use profile::{FrameId, Tier};

    fn refusal(into: FrameId, callee: FrameId, tier: Tier, reason: &str, bytes: u32) -> Refusal {
        Refusal { into: Some(into), callee, tier, reason: reason.to_owned(), bytecode_bytes: Some(bytes), call: None, count: 2 }
    }

    /// `big` is refused in `caller`, whose text is given; the places and messages.
    fn check(caller: &str, tier: Tier, reason: &str, place: &str, message: &str) {
        let mut fixture = Fixture::new();
        fixture.text("/app/a.js", &format!("function caller(o) {{ {caller} }}\nfunction big(o) {{ return o; }}\n"));
        let into = fixture.function("caller", "/app/a.js", (1, 16), Tier::Turbofan, 50_000);
        let callee = fixture.function("big", "/app/a.js", (2, 13), Tier::Turbofan, 50_000);
        fixture.decisions.refusals.push(refusal(into, callee, tier, reason, 512));
        let found = fixture.found();
        assert_eq!(shown(&found), [place], "{caller}");
        assert_eq!(found[0].message, message);
        assert_eq!(found[0].related[0].message, "`big` begins here; its bytecode has 512 bytes.");
    }

    #[test]
    fn refused_calls() {
        check(
            "return big(o);",
            Tier::Turbofan,
            "exceeds bytecode limit",
            "inlining/too-big I 1:29",
            "`big` was not inlined into `caller`, because its bytecode has 512 bytes, and V8 inlines at most 460.",
        );
        check(
            "return o.big() + big(o);",
            Tier::Maglev,
            "big function, size (512) >= max-size (100)",
            "inlining/too-big I 1:31",
            "`big` was not inlined into `caller` (one of 2 calls), because its bytecode has 512 bytes, and V8's middle compiler inlines at most 100.",
        );
        check(
            "return o.each(f);",
            Tier::Turbofan,
            "5",
            "inlining/too-big I 1:16",
            "`big` was not inlined into `caller`, because its bytecode has 512 bytes, and V8 inlines at most 460.",
        );
    }

    #[test]
    fn what_another_compiler_takes_in_is_no_refusal() {
        let mut fixture = Fixture::new();
        let into = fixture.function("caller", "/app/a.js", (1, 16), Tier::Turbofan, 50_000);
        let callee = fixture.function("big", "/app/a.js", (2, 13), Tier::Turbofan, 50_000);
        fixture.decisions.refusals.push(refusal(into, callee, Tier::Maglev, "big function, size (213) >= max-size (100)", 213));
        let call = fixture.place(into, (1, 29));
        fixture.decisions.inlinings.push(Inlining { into, tier: Tier::Turbofan, call, callee: Some(callee), depth: 0, count: 1 });
        assert_eq!(shown(&fixture.found()), [""; 0]);
    }

    #[test]
    fn cold_calls_are_no_findings() {
        let mut fixture = Fixture::new();
        let into = fixture.function("caller", "/app/a.js", (1, 16), Tier::Turbofan, 50_000);
        let callee = fixture.function("big", "/app/a.js", (2, 13), Tier::Turbofan, 50_000);
        fixture.decisions.refusals.push(refusal(into, callee, Tier::Maglev, "call frequency (0) < minimum threshold (0.95)", 20));
        assert_eq!(shown(&fixture.found()), [""; 0]);
    }
}
