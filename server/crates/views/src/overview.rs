//! What is to be known of a model before anything is drawn.

use crate::frames::FrameTable;
use crate::wire::{Before, Overview};
use profile::index::ProfileIndex;
use profile::{Category, Profile, Tier};

/// The figures of a profile, and of the one it is compared with.
pub(crate) fn overview(after: &ProfileIndex, before: Option<&ProfileIndex>, frames: &FrameTable) -> Overview {
    let profile = after.profile();
    let tree = &profile.tree;
    let whole_us = sum(&tree.self_us);
    let has_cpu = whole_us > 0 || !tree.has_bytes();
    let times = by_category(profile, &tree.self_us);
    let before = before.map(|before| {
        let tree = &before.profile().tree;
        Before { whole_us: sum(&tree.self_us), idle_us: idle(&by_category(before.profile(), &tree.self_us)) }
    });
    Overview {
        idle_us: idle(&times),
        categories: if has_cpu { times } else { by_category(profile, &tree.self_bytes) },
        tiers: Tier::ALL.map(|tier| tier.label().to_owned()).to_vec(),
        whole_us,
        allocated_bytes: tree.has_bytes().then(|| sum(&tree.self_bytes)),
        has_cpu,
        has_timeline: !profile.samples.is_empty(),
        timeline_us: timeline_us(profile),
        samples: after.active_samples(),
        interval_us: profile.interval_us,
        n_frames: frames.len() as u32,
        before,
    }
}

fn sum(column: &[u64]) -> u64 {
    column.iter().fold(0, |sum, value| sum.saturating_add(*value))
}

fn by_category(profile: &Profile, own: &[u64]) -> Vec<(Category, u64)> {
    let mut values = Category::ALL.map(|category| (category, 0u64));
    for (node, value) in profile.tree.ids().zip(own) {
        let category = profile.category_of(node);
        for (known, sum) in &mut values {
            if *known == category {
                *sum = sum.saturating_add(*value);
            }
        }
    }
    values.to_vec()
}

fn idle(categories: &[(Category, u64)]) -> u64 {
    categories.iter().find(|(category, _)| *category == Category::Idle).map_or(0, |(_, us)| *us)
}

/// From the first sample to the end of the last.
fn timeline_us(profile: &Profile) -> u64 {
    let samples = &profile.samples;
    let first = samples.time_us.iter().min().copied().unwrap_or(0);
    let last = samples.time_us.iter().zip(&samples.duration_us).max_by_key(|(time_us, _)| **time_us);
    last.map_or(0, |(time_us, duration_us)| (time_us - first).saturating_add(*duration_us))
}
