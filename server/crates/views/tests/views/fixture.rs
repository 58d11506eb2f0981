//! Profiles from text, and answers as text.

use profile::index::ProfileIndex;
use profile::{Category, Frame, FrameId, Location, Position, Profile, ProfileBuilder, Source, Tier};
use std::collections::HashMap;
use std::sync::Arc;
use views::Model;
use views::wire::{Boxes, BoxesRequest, Order};

/// A profile from stacks, one per line, written outermost first: `main>parse 5`. A function may have a start, a tier, a line and a category:
/// `parse#12/turbofan@14`, `json!native`. The amount is in µs, and in bytes when a second one follows; each line is one sample.
pub(crate) fn profile_of(stacks: &str) -> Profile {
    let mut builder = ProfileBuilder::default();
    builder.interval_us = 10;
    let app = builder.source(Source { url: "file:///project/app.js".into(), path: Some("/project/app.js".into()) });
    let mut frames: HashMap<String, FrameId> = HashMap::new();
    let mut time_us = 0;
    for row in stacks.trim().lines() {
        let amounts: Vec<u64> = row.trim().rsplit(' ').map_while(|word| word.parse().ok()).collect();
        let stack = row.trim().rsplitn(amounts.len() + 1, ' ').last().unwrap();
        let (us, bytes) = if let [bytes, us] = amounts[..] { (us, Some(bytes)) } else { (amounts[0], None) };
        let mut node = None;
        for part in stack.split('>') {
            let (part, category) = part.split_once('!').map_or((part, None), |(part, category)| (part, Some(category)));
            let (part, line) = part.split_once('@').map_or((part, None), |(part, line)| (part, Some(line.parse().unwrap())));
            let (function, tier) = part.split_once('/').map_or((part, None), |(part, tier)| (part, Some(tier)));
            let (name, start) = function.split_once('#').map_or((function, None), |(name, start)| (name, Some(start.parse().unwrap())));
            let next = u32::try_from(frames.len()).unwrap() + 1;
            let frame = *frames.entry(function.to_owned()).or_insert_with(|| {
                let start = category.is_none().then(|| Position { line: start.unwrap_or(next), column: 1 });
                let category = category.map_or(Category::App, |label| *Category::ALL.iter().find(|known| known.label() == label).unwrap());
                builder.frame(Frame { name: name.into(), source: start.map(|_| app), start, category })
            });
            let usual = if category.is_some() { Tier::Unknown } else { Tier::Ignition };
            let tier = tier.map_or(usual, |label| *Tier::ALL.iter().find(|known| known.label() == label).unwrap());
            let position = line.map(|line| Position { line, column: 1 });
            let source = position.map(|_| app);
            let location = builder.location(Location { frame, source, position, tier, inlined: false });
            node = Some(builder.node(node, location));
        }
        builder.sample(time_us, us, node.unwrap());
        if let Some(bytes) = bytes {
            builder.add_self_bytes(node.unwrap(), bytes);
        }
        time_us += us;
    }
    builder.finish()
}

/// A model of one profile.
pub(crate) fn model_of(profile: Profile) -> Model {
    assert!(profile.is_consistent());
    Model::new(Arc::new(ProfileIndex::new(profile)), None)
}

/// A model of what changed.
pub(crate) fn comparison_of(after: Profile, before: Profile) -> Model {
    Model::new(Arc::new(ProfileIndex::new(after)), Some(Arc::new(ProfileIndex::new(before))))
}

/// The number of the first function of this name.
pub(crate) fn id_of(model: &Model, name: &str) -> u32 {
    (0..model.overview().n_frames).find(|id| model.frame(*id).unwrap().name == name).unwrap()
}

/// Everything in this order.
pub(crate) fn all(order: Order) -> BoxesRequest {
    BoxesRequest { order, ..BoxesRequest::default() }
}

/// The name of a box.
pub(crate) fn name_of(boxes: &Boxes, at: usize) -> &str {
    match boxes.frame[at] {
        -1 => "all",
        frame => &boxes.frames[usize::try_from(frame).unwrap()].name,
    }
}

/// The boxes as text, row by row: `name[x0,x1)`.
pub(crate) fn drawn(boxes: &Boxes) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for at in 0..boxes.node.len() {
        let text = format!("{}[{},{})", name_of(boxes, at), boxes.x0[at], boxes.x1[at]);
        if at > 0 && boxes.row[at] == boxes.row[at - 1] {
            let row = rows.last_mut().unwrap();
            row.push(' ');
            row.push_str(&text);
        } else {
            rows.push(text);
        }
    }
    rows
}

/// Checks what holds for every answer: columns of one length, boxes within the ones above, none over another.
pub(crate) fn assert_consistent(boxes: &Boxes, n_tiers: usize) {
    let n = boxes.node.len();
    for length in [boxes.row.len(), boxes.x0.len(), boxes.x1.len(), boxes.parent.len(), boxes.frame.len(), boxes.self_value.len()] {
        assert_eq!(length, n);
    }
    assert_eq!((boxes.total_value.len(), boxes.samples.len(), boxes.mark.len(), boxes.tier_value.len()), (n, n, n, n * n_tiers));
    assert_eq!(boxes.merged.len(), n);
    assert!(boxes.before.is_empty() || boxes.before.len() == n);
    assert_eq!((boxes.parent[0], boxes.row[0], boxes.x0[0]), (-1, 0, 0.0));
    let mut below = vec![(0.0, 0.0); n];
    for at in 1..n {
        let above = usize::try_from(boxes.parent[at]).unwrap();
        assert_eq!(boxes.row[at], boxes.row[above] + 1);
        assert!(
            boxes.x0[at] <= boxes.x1[at] && boxes.x0[at] >= boxes.x0[above] && boxes.x1[at] <= boxes.x1[above],
            "box {at} leaves its parent"
        );
        assert!(boxes.row[at] > boxes.row[at - 1] || boxes.x0[at] >= boxes.x1[at - 1], "box {at} overlaps");
        below[above].0 += boxes.total_value[at];
        below[above].1 += boxes.before.get(at).unwrap_or(&0.0);
    }
    for (at, (total, before)) in below.into_iter().enumerate() {
        assert!(total <= boxes.total_value[at], "box {at} is less than what it calls");
        assert!(boxes.before.is_empty() || before <= boxes.before[at] * (1.0 + 1e-9) + 1e-9, "box {at} was less than what it called");
    }
}
