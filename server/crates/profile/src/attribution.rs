//! How exactly a profile's time is placed.

use crate::category::Category;
use crate::handles::NodeId;
use crate::model::Profile;
use serde::{Deserialize, Serialize};

/// Time of a profile by what it was spent on and how exactly it could be placed, in µs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribution {
    /// JavaScript time with an exact line.
    pub exact_us: u64,
    /// JavaScript time of a known function whose line is not known.
    pub function_us: u64,
    /// JavaScript time whose function is not known.
    pub none_us: u64,
    /// Garbage collection.
    pub gc_us: u64,
    /// Work with no JavaScript on the stack.
    pub program_us: u64,
    /// Waiting.
    pub idle_us: u64,
}

impl Attribution {
    /// Adds up a profile.
    ///
    /// Native and compiler time counts as JavaScript time of the line that caused it; with no JavaScript below it, as program time.
    pub fn of(profile: &Profile) -> Self {
        let mut sum = Self::default();
        let owners = owners(profile);
        for node in profile.tree.ids() {
            let us = profile.tree.self_us[node.index()];
            if us == 0 {
                continue;
            }
            let slot = match owners[node.index()] {
                Some(owner) if profile.location(profile.tree.location(owner)).position.is_some() => &mut sum.exact_us,
                Some(_) => &mut sum.function_us,
                None => match profile.category_of(node) {
                    Category::Gc => &mut sum.gc_us,
                    Category::Idle => &mut sum.idle_us,
                    Category::Unresolved => &mut sum.none_us,
                    _ => &mut sum.program_us,
                },
            };
            *slot += us;
        }
        sum
    }

    /// JavaScript time, in µs.
    pub fn javascript_us(&self) -> u64 {
        self.exact_us + self.function_us + self.none_us
    }

    /// Everything but waiting, in µs: what percentages refer to.
    pub fn active_us(&self) -> u64 {
        self.javascript_us() + self.gc_us + self.program_us
    }

    /// Shares of JavaScript time placed on an exact line, on a function only, and on neither; all 0 without JavaScript time.
    pub fn shares(&self) -> [f64; 3] {
        let total = self.javascript_us();
        [self.exact_us, self.function_us, self.none_us].map(|us| if total == 0 { 0.0 } else { us as f64 / total as f64 })
    }
}

/// The JavaScript node that each node's self time belongs to: itself, or for native and compiler code the nearest JavaScript caller.
pub fn owners(profile: &Profile) -> Vec<Option<NodeId>> {
    let mut owners: Vec<Option<NodeId>> = Vec::with_capacity(profile.tree.len());
    for node in profile.tree.ids() {
        let category = profile.category_of(node);
        owners.push(if category.is_javascript() {
            Some(node)
        } else if category.belongs_to_caller() {
            profile.tree.parent(node).and_then(|parent| owners[parent.index()])
        } else {
            None
        });
    }
    owners
}
