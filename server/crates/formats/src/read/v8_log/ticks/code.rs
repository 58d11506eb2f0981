//! Code that V8 made, as its tick processor keeps it (`CodeMap.dynamics_`): functions and code in one map by address, where a function
//! takes no room.

use super::{LabelId, LabelKind, Labels};
use profile::Tier;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// V8's prefix of Maglev code, whatever follows in its marker.
pub(super) const MAGLEV: &str = "+";
/// V8's prefix of TurboFan code.
pub(super) const TURBOFAN: &str = "*";

/// What lies at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dynamic {
    /// A function's code.
    Function(LabelId),
    /// Other code.
    Other(LabelId),
    /// A handler of a bytecode.
    BytecodeHandler,
}

#[derive(Debug)]
enum Entry {
    Function { kind: Arc<str>, function: usize, prefix: Arc<str>, tier: Tier },
    Other { kind: Arc<str>, name: String },
    SharedFunctionInfo(usize),
}

#[derive(Debug)]
struct Slot {
    size: u64,
    entry: Entry,
    /// The entry's name, and the version of its function's name it was made of.
    label: Option<(u32, LabelId)>,
}

/// A name that changes when the function's place is used by another one: V8's processor then renames the old code too.
#[derive(Debug)]
struct Named {
    name: String,
    version: u32,
}

/// All code at the current record.
#[derive(Debug, Default)]
pub(super) struct Code {
    slots: BTreeMap<u64, Slot>,
    functions: Vec<Named>,
    texts: Vec<Arc<str>>,
    /// How often a name of other code was looked up first: the second one with it is `name {1}`.
    n_names: FxHashMap<String, u32>,
}

impl Code {
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.iter().find(|known| &***known == text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        text
    }

    /// Code that is no function's.
    pub(super) fn create(&mut self, kind: &str, name: &str, start: u64, size: u64) {
        let kind = self.text(kind);
        self.add(start, Slot { size, entry: Entry::Other { kind, name: name.to_owned() }, label: None });
    }

    /// Code of a function (`Profile.addFuncCode`). `marker` is its prefix and tier.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn create_function(
        &mut self,
        kind: &str,
        name: &str,
        start: u64,
        size: u64,
        sfi: u64,
        (prefix, tier): (&str, Tier),
        is_old_processor: bool,
    ) {
        let known = match self.slots.get_mut(&sfi) {
            Some(Slot { entry: Entry::SharedFunctionInfo(function), .. }) => Some(*function),
            // The processor of Node 18 and 20 takes whatever is there for the function, renames it and fails.
            Some(slot) if is_old_processor => {
                if let Entry::Other { name: old, .. } = &mut slot.entry {
                    name.clone_into(old);
                    slot.label = None;
                }
                self.slots.remove(&start);
                return;
            }
            _ => None,
        };
        let function = match known {
            Some(function) => {
                let named = &mut self.functions[function];
                if named.name != name {
                    name.clone_into(&mut named.name);
                    named.version += 1;
                }
                function
            }
            None => {
                let function = self.functions.len();
                self.functions.push(Named { name: name.to_owned(), version: 0 });
                self.add(sfi, Slot { size: 0, entry: Entry::SharedFunctionInfo(function), label: None });
                function
            }
        };
        let prefix = self.text(prefix);
        let kind = self.text(kind);
        if let Some(slot) = self.slots.get_mut(&start) {
            match &mut slot.entry {
                Entry::Function { function: old, prefix: old_prefix, tier: old_tier, .. } if slot.size == size && *old == function => {
                    (*old_prefix, *old_tier) = (prefix, tier);
                    slot.label = None;
                    return;
                }
                _ => {
                    self.slots.remove(&start);
                }
            }
        }
        self.add(start, Slot { size, entry: Entry::Function { kind, function, prefix, tier }, label: None });
    }

    /// `CodeMap.addCode`: what takes no room replaces nothing.
    fn add(&mut self, start: u64, slot: Slot) {
        let end = start.saturating_add(slot.size);
        let mut below = end;
        while below > start {
            let Some((&other, found)) = self.slots.range(..below).next_back() else { break };
            if start < other.saturating_add(found.size) {
                self.slots.remove(&other);
            }
            below = other;
        }
        self.slots.entry(start).or_insert(slot);
    }

    pub(super) fn relocate(&mut self, from: u64, to: u64) {
        if let Some(slot) = self.slots.remove(&from) {
            self.add(to, slot);
        }
    }

    pub(super) fn remove(&mut self, start: u64) {
        self.slots.remove(&start);
    }

    pub(super) fn find(&mut self, address: u64, labels: &mut Labels) -> Option<Dynamic> {
        let (start, slot) = self.slots.range_mut(..=address).next_back()?;
        if address - start >= slot.size {
            return None;
        }
        match &slot.entry {
            Entry::SharedFunctionInfo(_) => None,
            Entry::Other { kind, name } => {
                let shown = |label| if &**kind == "BytecodeHandler" { Dynamic::BytecodeHandler } else { Dynamic::Other(label) };
                if let Some((_, label)) = slot.label {
                    return Some(shown(label));
                }
                let n_before = self.n_names.entry(name.clone()).or_default();
                let numbered = match *n_before {
                    0 => name.clone(),
                    n => format!("{name} {{{n}}}"),
                };
                *n_before += 1;
                let label = labels.intern(&format!("{kind}: {numbered}"), || LabelKind::Code {
                    kind: kind.clone(),
                    tier: None,
                    name: numbered.clone(),
                });
                slot.label = Some((0, label));
                Some(shown(label))
            }
            Entry::Function { kind, function, prefix, tier } => {
                let named = &self.functions[*function];
                if let Some((version, label)) = slot.label
                    && version == named.version
                {
                    return Some(Dynamic::Function(label));
                }
                let anonymous = if named.name.is_empty() || named.name.starts_with(' ') { "<anonymous>" } else { "" };
                let label = labels.intern(&format!("{kind}: {prefix}{anonymous}{}", named.name), || LabelKind::Code {
                    kind: kind.clone(),
                    tier: Some(*tier),
                    name: named.name.clone(),
                });
                slot.label = Some((named.version, label));
                Some(Dynamic::Function(label))
            }
        }
    }
}
