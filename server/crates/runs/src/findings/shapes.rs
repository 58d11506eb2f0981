//! Accesses that meet several shapes because properties come in another order, or come later.

use super::caches::{accessed, described};
use super::evidence::Evidence;
use super::words::sentence;
use profile::decisions::{IcState, InlineCache, Place, Shape};
use profile::finding::FindingSeverity;
use profile::{Finding, FrameId};
use std::collections::{BTreeMap, BTreeSet};

/// How many accesses are named.
const MAX_ACCESSES: usize = 8;

pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut causes: BTreeMap<Cause, Vec<&InlineCache>> = BTreeMap::new();
    for cache in &evidence.decisions.inline_caches {
        let is_met = matches!(cache.state, IcState::Polymorphic | IcState::Megamorphic | IcState::Generic);
        if is_met && evidence.is_users_place(&cache.place) {
            for cause in causes_of(evidence, cache) {
                causes.entry(cause).or_default().push(cache);
            }
        }
    }
    causes.into_iter().filter_map(|(cause, caches)| finding(evidence, &cause, &caches)).collect()
}

/// Why two shapes differ.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    kind: Kind,
    /// Where the first shape got what the second one has elsewhere.
    first: Place,
    /// Where the second one differs.
    second: Place,
    /// The two, as a person would write them.
    shapes: (String, String),
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The same properties in another order.
    Order,
    /// This property more, added to an object that was already in use.
    Later(String),
}

fn causes_of(evidence: &Evidence<'_>, cache: &InlineCache) -> BTreeSet<Cause> {
    let shapes: Vec<&Shape> = cache.shapes.iter().filter_map(|id| evidence.decisions.shapes.get(id.index())).collect();
    let mut causes = BTreeSet::new();
    for (at, one) in shapes.iter().enumerate() {
        for other in &shapes[at + 1..] {
            causes.extend(cause_of(evidence, one, other));
        }
    }
    causes
}

/// Why two shapes of one family differ; none when it is neither order nor a later property.
fn cause_of(evidence: &Evidence<'_>, one: &Shape, other: &Shape) -> Option<Cause> {
    if one.constructor != other.constructor || one.is_dictionary || other.is_dictionary {
        return None;
    }
    let (a, b) = (names(one), names(other));
    let differ = a.iter().zip(&b).position(|(a, b)| a != b);
    match differ {
        Some(at) if a.len() == b.len() && a.iter().collect::<BTreeSet<_>>() == b.iter().collect::<BTreeSet<_>>() => {
            let (first, second) = (property_site(one, at)?, property_site(other, at)?);
            (first != second).then(|| Cause { kind: Kind::Order, first, second, shapes: (described(one), described(other)) })
        }
        None if a.len() != b.len() => {
            let (shorter, longer) = if a.len() < b.len() { (one, other) } else { (other, one) };
            let at = a.len().min(b.len());
            let second = longer.properties[at].added_at?;
            let first = at.checked_sub(1).and_then(|last| shorter.properties[last].added_at).or(shorter.created_at)?;
            // Two literals with one property more or less, or a base class and its heirs, are two kinds of objects.
            let name = &longer.properties[at].name;
            let is_later = first != second && is_assigned(evidence, &second, name);
            let kind = Kind::Later(name.clone());
            is_later.then(|| Cause { kind, first, second, shapes: (described(shorter), described(longer)) })
        }
        _ => None,
    }
}

fn names(shape: &Shape) -> Vec<&str> {
    shape.properties.iter().map(|property| property.name.as_str()).collect()
}

fn property_site(shape: &Shape, at: usize) -> Option<Place> {
    shape.properties[at].added_at.or(shape.created_at)
}

/// Whether a property was added by an assignment, not by an object literal. When the text is not at hand nothing is claimed.
fn is_assigned(evidence: &Evidence<'_>, place: &Place, name: &str) -> bool {
    let text = evidence.source_path(place).and_then(|path| evidence.texts.of(path));
    text.zip(place.position).is_some_and(|(text, position)| text.assigns(position, name))
}

fn finding(evidence: &Evidence<'_>, cause: &Cause, caches: &[&InlineCache]) -> Option<Finding> {
    if !evidence.is_users_place(&cause.second) {
        return None;
    }
    let hottest = caches.iter().max_by(|a, b| share(evidence, a).total_cmp(&share(evidence, b)))?;
    let accessed_code = accessed(evidence, hottest);
    let (first, second) = (site(evidence, &cause.first), site(evidence, &cause.second));
    let (before, after) = &cause.shapes;
    let (code, message, advice) = match &cause.kind {
        Kind::Order => (
            "shape/property-order",
            format!(
                "{accessed_code} meets objects of different shapes because their properties are added in different orders: {before} at \
                 {first}, {after} at {second}."
            ),
            format!("Add the properties in the same order at {first} and at {second}."),
        ),
        Kind::Later(name) => (
            "shape/property-added-later",
            format!(
                "{accessed_code} meets objects of different shapes because some get `{name}` later: {before} is made at {first}, and \
                 `{name}` is added at {second}."
            ),
            format!("Give each object `{name}` where it is made, at {first}, with `undefined` or a first value of its later type."),
        ),
    };
    let mut related = vec![(cause.first, format!("{before} gets its shape here."))];
    let mut accesses: Vec<Place> = caches.iter().map(|cache| evidence.exact(cache)).collect();
    accesses.sort_unstable();
    accesses.dedup();
    related.extend(accesses.into_iter().take(MAX_ACCESSES).map(|place| (place, "Objects of both shapes are used here.".to_owned())));
    Some(Finding {
        code: code.to_owned(),
        repeats: None,
        severity: FindingSeverity::Information,
        message: sentence(&message),
        advice,
        share: share_of_all(evidence, caches),
        count: caches.iter().map(|cache| cache.misses).sum(),
        place: evidence.place(&cause.second),
        related: evidence.related(related),
    })
}

fn site(evidence: &Evidence<'_>, place: &Place) -> String {
    evidence.at(place).unwrap_or_else(|| "a place V8 does not name".to_owned())
}

fn share(evidence: &Evidence<'_>, cache: &InlineCache) -> f64 {
    cache.place.function.map_or(0.0, |function| evidence.share(function))
}

/// Of all functions with such an access, each once.
fn share_of_all(evidence: &Evidence<'_>, caches: &[&InlineCache]) -> f64 {
    let functions: BTreeSet<FrameId> = caches.iter().filter_map(|cache| cache.place.function).collect();
    functions.into_iter().map(|function| evidence.share(function)).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use crate::findings::fixture::{Fixture, shown};
    use profile::decisions::{IcState, InlineCache, Shape, ShapeProperty};
    use profile::{ShapeId, Tier};

    const TEXT: &str = "\
function read(o) { return o.x; }
function one() { const o = {}; o.x = 1; o.y = 2; return o; }
function two() { const o = {}; o.y = 1; o.x = 2; return o; }
function later(o) { o.z = 3; }
function literals() { return [{x: 1, y: 2}, {x: 1, y: 2, z: 3}]; }
";

    /// `read` meets shapes of these properties, each with the place at which it was added.
    fn check(shapes: &[&[(&str, (u32, u32))]], expected: &[&str]) -> Vec<profile::Finding> {
        let mut fixture = Fixture::new();
        fixture.text("/app/a.js", TEXT);
        let read = fixture.function("read", "/app/a.js", (1, 14), Tier::Turbofan, 50_000);
        let other = fixture.function("other", "/app/a.js", (2, 1), Tier::Turbofan, 0);
        for properties in shapes {
            let properties =
                properties.iter().map(|(name, at)| ShapeProperty { name: name.to_string(), added_at: Some(fixture.place(other, *at)) });
            let shape = Shape { constructor: None, created_at: None, properties: properties.collect(), is_dictionary: false };
            fixture.decisions.shapes.push(shape);
        }
        fixture.decisions.inline_caches.push(InlineCache {
            place: fixture.place(read, (1, 29)),
            kind: "LoadIC".to_owned(),
            key: "x".to_owned(),
            n_keys: 1,
            state: IcState::Polymorphic,
            misses: 2,
            first_uses: 1,
            out_of_bounds: 0,
            transitions: Vec::new(),
            shapes: (0..shapes.len()).map(ShapeId::new).collect(),
            n_shapes: shapes.len() as u32,
        });
        let found = fixture.found();
        let shapes: Vec<String> = shown(&found).into_iter().filter(|shown| shown.starts_with("shape/")).collect();
        assert_eq!(shapes, expected);
        found
    }

    #[test]
    fn properties_in_another_order() {
        let found = check(&[&[("x", (2, 36)), ("y", (2, 45))], &[("y", (3, 36)), ("x", (3, 45))]], &["shape/property-order I 3:36"]);
        assert_eq!(
            found.iter().find(|finding| finding.code == "shape/property-order").unwrap().message,
            "`o.x` meets objects of different shapes because their properties are added in different orders: `{x, y}` at a.js:2:36, \
             `{y, x}` at a.js:3:36."
        );
        check(&[&[("x", (2, 36)), ("y", (2, 45))], &[("x", (3, 36)), ("z", (3, 45))]], &[]);
    }

    #[test]
    fn properties_that_come_later() {
        let found = check(
            &[&[("x", (2, 36)), ("y", (2, 45))], &[("x", (2, 36)), ("y", (2, 45)), ("z", (4, 25))]],
            &["shape/property-added-later I 4:25"],
        );
        let found = found.iter().find(|finding| finding.code == "shape/property-added-later").unwrap();
        assert_eq!(
            found.message,
            "`o.x` meets objects of different shapes because some get `z` later: `{x, y}` is made at a.js:2:45, and `z` is added at \
             a.js:4:25."
        );
        assert_eq!(
            found.advice,
            "Give each object `z` where it is made, at a.js:2:45, with `undefined` or a first value of its later type."
        );
        let related: Vec<(u32, &str)> =
            found.related.iter().map(|related| (related.place.position.unwrap().line, related.message.as_str())).collect();
        assert_eq!(related, [(2, "`{x, y}` gets its shape here."), (1, "Objects of both shapes are used here.")]);
    }

    #[test]
    fn literals_with_more_properties_are_two_kinds_of_objects() {
        check(&[&[("x", (5, 31)), ("y", (5, 31))], &[("x", (5, 31)), ("y", (5, 31)), ("z", (5, 45))]], &[]);
    }
}
