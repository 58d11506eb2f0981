//! Accesses that meet objects of more shapes than V8's inline caches keep.

use super::evidence::Evidence;
use super::words::{counted, number, sentence};
use profile::Finding;
use profile::decisions::{IcState, InlineCache, Place, Shape};
use profile::finding::FindingSeverity;
use source::expressions::Meant;

/// How many shapes a cache keeps before it gives up (V8: `max_valid_polymorphic_map_count`, src/flags/flag-definitions.h).
pub(super) const CACHED_SHAPES: u32 = 4;
/// How many construction sites are named.
const MAX_SITES: usize = 8;

pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    evidence.decisions.inline_caches.iter().filter_map(|cache| finding(evidence, cache)).collect()
}

fn finding(evidence: &Evidence<'_>, cache: &InlineCache) -> Option<Finding> {
    if !evidence.is_users_place(&cache.place) {
        return None;
    }
    let (code, severity) = match cache.state {
        IcState::Megamorphic | IcState::MegaDom | IcState::Generic => ("ic/megamorphic", FindingSeverity::Information),
        IcState::Polymorphic => ("ic/polymorphic", FindingSeverity::Hint),
        _ => return None,
    };
    let place = evidence.exact(cache);
    Some(Finding {
        code: code.to_owned(),
        severity,
        message: sentence(&message(evidence, cache)),
        share: cache.place.function.map_or(0.0, |function| evidence.share(function)),
        count: cache.misses,
        place: evidence.place(&place),
        related: evidence.related(sites(evidence, cache)),
        ..Finding::default()
    })
}

/// What is accessed, in a sentence: "`o.x`", or "`x`" when the text is not at hand.
pub(super) fn accessed(evidence: &Evidence<'_>, cache: &InlineCache) -> String {
    // Of a keyed access the token is the key, which may be an expression of its own.
    let place = if cache.kind.starts_with("Keyed") { cache.place } else { evidence.exact(cache) };
    let code = evidence.code_at(&place, Meant::Any).or_else(|| (!cache.key.is_empty()).then(|| cache.key.clone()));
    code.map_or_else(|| "an access".to_owned(), |code| format!("`{code}`"))
}

fn message(evidence: &Evidence<'_>, cache: &InlineCache) -> String {
    let accessed = accessed(evidence, cache);
    let misses = counted(cache.misses, "time", "times");
    let is_keyed = cache.kind.starts_with("Keyed");
    let is_index = cache.key.bytes().all(|byte| byte.is_ascii_digit());
    let n_shapes = cache.n_shapes;
    match (cache.state, n_shapes) {
        (IcState::Polymorphic, 2..) => {
            format!("{accessed} meets objects of {n_shapes} shapes; V8 looked the property up anew {misses}.")
        }
        (IcState::Polymorphic, _) => {
            format!("{accessed} meets objects of two to {CACHED_SHAPES} shapes; V8 looked the property up anew {misses}.")
        }
        _ if is_keyed && is_index && n_shapes <= CACHED_SHAPES => {
            format!(
                "{accessed} meets arrays of too many kinds, or indexes far outside of them, for V8 to cache; it looked them up anew {misses}."
            )
        }
        _ if is_keyed && cache.n_keys > 1 && n_shapes <= CACHED_SHAPES => format!(
            "{accessed} is used with {} different property names, more than V8 caches at one place; it looked them up anew {misses}.",
            number(u64::from(cache.n_keys))
        ),
        (_, shapes) if shapes > CACHED_SHAPES => format!(
            "{accessed} meets objects of {} shapes, more than the {CACHED_SHAPES} V8 caches at one place; it looked the property up anew {misses}.",
            number(u64::from(n_shapes))
        ),
        _ => format!(
            "{accessed} meets objects of more shapes than the {CACHED_SHAPES} V8 caches at one place; it looked the property up anew {misses}."
        ),
    }
}

/// Where the shapes came from, each place once.
fn sites(evidence: &Evidence<'_>, cache: &InlineCache) -> Vec<(Place, String)> {
    let mut sites: Vec<(Place, Vec<usize>)> = Vec::new();
    let shapes = cache.shapes.iter().filter_map(|id| evidence.decisions.shapes.get(id.index()));
    let shapes: Vec<&Shape> = shapes.collect();
    for (at, shape) in shapes.iter().enumerate() {
        if let Some(place) = origin(shape) {
            match sites.iter_mut().find(|(known, _)| *known == place) {
                Some((_, rows)) => rows.push(at),
                None => sites.push((place, vec![at])),
            }
        }
    }
    let words = |rows: &[usize]| match rows {
        [at] => format!("Shape {} is from here: {}.", at + 1, described(shapes[*at])),
        _ => format!("{} shapes are from here, such as {}.", rows.len(), described(shapes[rows[0]])),
    };
    sites.into_iter().take(MAX_SITES).map(|(place, rows)| (place, words(&rows))).collect()
}

/// The place that made a shape what it is: where its last property was added, or else its first object made.
pub(super) fn origin(shape: &Shape) -> Option<Place> {
    shape.properties.iter().rev().find_map(|property| property.added_at).or(shape.created_at)
}

/// A shape as a person would write it: `Point {x, y}`.
pub(super) fn described(shape: &Shape) -> String {
    let names: Vec<&str> = shape.properties.iter().map(|property| property.name.as_str()).collect();
    let listed = if names.len() > 6 { format!("{}, … {} in all", names[..5].join(", "), names.len()) } else { names.join(", ") };
    let constructor = shape.constructor.as_deref().filter(|name| !name.is_empty() && *name != "Object");
    let dictionary = if shape.is_dictionary { ", kept as a dictionary" } else { "" };
    format!("`{}{{{listed}}}`{dictionary}", constructor.map(|name| format!("{name} ")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::findings::fixture::{Fixture, shown};
    use profile::Tier;
    use profile::decisions::{IcState, InlineCache, Shape};

    fn cache(fixture: &Fixture, function: profile::FrameId, at: (u32, u32), key: &str, state: IcState, n_shapes: u32) -> InlineCache {
        InlineCache {
            place: fixture.place(function, at),
            kind: "LoadIC".to_owned(),
            key: key.to_owned(),
            n_keys: 1,
            state,
            misses: 1_234,
            first_uses: 1,
            out_of_bounds: 0,
            transitions: Vec::new(),
            shapes: Vec::new(),
            n_shapes,
        }
    }

    #[test]
    fn accesses_at_their_token() {
        let mut fixture = Fixture::new();
        fixture.text("/app/a.js", "function mega(o) {\n  return o.x + o.y;\n}\n");
        let mega = fixture.function("mega", "/app/a.js", (1, 14), Tier::Turbofan, 50_000);
        // V8 gives the statement of the first access.
        let caches =
            [((2, 3), "x", IcState::Megamorphic, 6), ((2, 18), "y", IcState::Polymorphic, 3), ((2, 18), "z", IcState::Monomorphic, 1)];
        for (at, key, state, n_shapes) in caches {
            let cache = cache(&fixture, mega, at, key, state, n_shapes);
            fixture.decisions.inline_caches.push(cache);
        }
        let site = fixture.place(mega, (1, 1));
        fixture.decisions.shapes.push(Shape {
            constructor: Some("P".into()),
            created_at: Some(site),
            properties: vec![],
            is_dictionary: false,
        });
        fixture.decisions.inline_caches[0].shapes.push(profile::ShapeId::new(0));
        let found = fixture.found();
        assert_eq!(shown(&found), ["ic/megamorphic I 2:12", "ic/polymorphic H 2:18"]);
        assert_eq!(
            found[0].message,
            "`o.x` meets objects of 6 shapes, more than the 4 V8 caches at one place; it looked the property up anew 1,234 times."
        );
        assert_eq!(found[0].related[0].message, "Shape 1 is from here: `P {}`.");
        assert_eq!(found[1].message, "`o.y` meets objects of 3 shapes; V8 looked the property up anew 1,234 times.");
    }

    #[test]
    fn keys_that_change() {
        let mut fixture = Fixture::new();
        let get = fixture.function("get", "/app/a.js", (1, 14), Tier::Turbofan, 50_000);
        let keyed =
            InlineCache { kind: "KeyedLoadIC".to_owned(), n_keys: 12, ..cache(&fixture, get, (1, 30), "a", IcState::Megamorphic, 1) };
        fixture.decisions.inline_caches.push(keyed);
        let found = fixture.found();
        assert!(found[0].message.starts_with("`a` is used with 12 different property names"), "{}", found[0].message);
    }

    #[test]
    fn nodes_own_code_is_silent() {
        let mut fixture = Fixture::new();
        let own = fixture.function("emit", "node:events", (1, 14), Tier::Turbofan, 50_000);
        let cache = cache(&fixture, own, (1, 30), "a", IcState::Megamorphic, 9);
        fixture.decisions.inline_caches.push(cache);
        assert_eq!(shown(&fixture.found()), [""; 0]);
    }

    #[test]
    fn indexes_out_of_bounds() {
        let mut fixture = Fixture::new();
        fixture.text("/app/a.js", "function sum(a, i) { return a[i]; }");
        let sum = fixture.function("sum", "/app/a.js", (1, 13), Tier::Turbofan, 50_000);
        let read =
            InlineCache { kind: "KeyedLoadIC".to_owned(), out_of_bounds: 1, ..cache(&fixture, sum, (1, 30), "8", IcState::Monomorphic, 1) };
        fixture.decisions.inline_caches.push(read);
        let found = fixture.found();
        assert_eq!(shown(&found), ["array/out-of-bounds H 1:31"]);
        assert!(found[0].message.starts_with("`a[i]` was used with an index beyond the end"), "{}", found[0].message);
    }
}
