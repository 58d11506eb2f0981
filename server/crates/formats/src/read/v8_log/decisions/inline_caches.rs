//! Misses of inline caches, counted by place.

use crate::read::v8_log::code::{Access, At, CodeTable, FunctionId};
use profile::Position;
use profile::decisions::IcState;
use rustc_hash::{FxHashMap, FxHashSet};
use std::hash::{Hash, Hasher};

/// Most changes of state from one to another that a cache keeps.
const MAX_TRANSITIONS_OF_A_KIND: usize = 3;

/// Most shapes that a cache keeps.
const MAX_SHAPES: usize = 8;

/// Most shapes, and most keys, that are told apart at a cache: beyond, they are not counted.
const MAX_COUNTED: usize = 4096;

/// A record of an inline cache.
#[derive(Clone, Copy, Debug)]
pub(in crate::read::v8_log) struct Miss<'a> {
    at_us: u64,
    from: IcState,
    to: IcState,
    /// The hidden class of the object; 0 for none.
    pub(super) map: u64,
    key: &'a [u8],
    is_out_of_bounds: bool,
    slow_reason: &'a [u8],
}

impl<'a> Miss<'a> {
    /// Reads `old state,new state,map,key,modifier,slow reason`; commas in keys are escaped.
    pub(in crate::read::v8_log) fn parse(at_us: u64, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let (from, to) = (state(fields.next()?)?, state(fields.next()?)?);
        let map = super::super::fields::address(fields.next()?)?;
        let key = fields.next()?;
        let is_out_of_bounds = fields.next().is_some_and(|modifier| modifier.windows(3).any(|part| part == b"OOB"));
        Some(Self { at_us, from, to, map, key, is_out_of_bounds, slow_reason: fields.next().unwrap_or_default() })
    }
}

/// The state of a letter: `TransitionMarkFromState`, src/ic/ic.cc.
fn state(letter: &[u8]) -> Option<IcState> {
    Some(match letter {
        b"X" => IcState::NoFeedback,
        b"0" => IcState::Uninitialized,
        b"1" => IcState::Monomorphic,
        b"^" => IcState::RecomputeHandler,
        b"P" => IcState::Polymorphic,
        b"D" => IcState::MegaDom,
        b"N" => IcState::Megamorphic,
        b"G" => IcState::Generic,
        _ => return None,
    })
}

/// A change of state.
#[derive(Debug)]
pub(super) struct RawTransition {
    pub(super) at_us: u64,
    pub(super) from: IcState,
    pub(super) to: IcState,
    /// Row of the shape.
    pub(super) shape: Option<u32>,
    pub(super) slow_reason: Box<[u8]>,
}

/// An access with an inline cache.
#[derive(Debug)]
pub(super) struct RawCache {
    pub(super) access: Access,
    /// Row of [`InlineCaches::kinds`].
    pub(super) kind: u32,
    /// The first property.
    pub(super) key: Box<[u8]>,
    /// Hashes of further properties.
    keys: FxHashSet<u64>,
    pub(super) state: IcState,
    /// Time of the last miss, in µs.
    last_us: u64,
    pub(super) misses: u64,
    pub(super) first_uses: u64,
    pub(super) out_of_bounds: u64,
    pub(super) transitions: Vec<RawTransition>,
    /// Rows of the first shapes.
    pub(super) shapes: Vec<u32>,
    /// The shapes that missed: rows where they are known, else addresses of hidden classes.
    seen: FxHashSet<u64>,
}

impl RawCache {
    /// How many different properties missed.
    pub(super) fn n_keys(&self) -> u32 {
        self.keys.len() as u32 + 1
    }

    /// How many different shapes missed.
    pub(super) fn n_shapes(&self) -> u32 {
        self.seen.len() as u32
    }

    /// Takes in what was recorded of the same place in other code: accesses of bytecode and of optimised code are known by different
    /// means until texts turn offsets into lines.
    pub(super) fn absorb(&mut self, other: Self) {
        self.misses += other.misses;
        self.first_uses += other.first_uses;
        self.out_of_bounds += other.out_of_bounds;
        if other.last_us > self.last_us {
            (self.state, self.last_us) = (other.state, other.last_us);
        }
        self.keys.extend(other.keys);
        if other.key != self.key {
            self.keys.insert(hash(&other.key));
        }
        self.seen.extend(other.seen);
        self.shapes.extend(other.shapes);
        self.transitions.extend(other.transitions);
        self.transitions.sort_by_key(|transition| transition.at_us);
        let mut seen = FxHashSet::default();
        self.shapes.retain(|shape| seen.insert(*shape));
    }

    fn add(&mut self, miss: &Miss<'_>, shape: Option<u32>) {
        self.misses += 1;
        self.first_uses += u64::from(miss.from == IcState::Uninitialized);
        self.out_of_bounds += u64::from(miss.is_out_of_bounds);
        (self.state, self.last_us) = (miss.to, miss.at_us);
        if *self.key != *miss.key && self.keys.len() < MAX_COUNTED {
            self.keys.insert(hash(miss.key));
        }
        let id = shape.map_or(miss.map, u64::from);
        if miss.map != 0 && self.seen.len() < MAX_COUNTED && self.seen.insert(id) && self.shapes.len() < MAX_SHAPES {
            self.shapes.extend(shape);
        }
        if miss.from != miss.to {
            let is_same = |known: &&RawTransition| (known.from, known.to) == (miss.from, miss.to);
            if self.transitions.iter().filter(is_same).count() < MAX_TRANSITIONS_OF_A_KIND {
                let (at_us, from, to) = (miss.at_us, miss.from, miss.to);
                self.transitions.push(RawTransition { at_us, from, to, shape, slow_reason: miss.slow_reason.into() });
            }
        }
    }
}

fn hash(key: &[u8]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

/// All inline caches of a log.
#[derive(Debug, Default)]
pub(super) struct InlineCaches {
    pub(super) rows: Vec<RawCache>,
    pub(super) kinds: Vec<Box<[u8]>>,
    index: FxHashMap<(Access, u32), u32>,
    /// The row of a program counter and kind, while code is as it was at that generation.
    by_pc: FxHashMap<(u64, u32), (u64, Option<u32>)>,
    has_misses: bool,
}

impl InlineCaches {
    /// Adds a miss. Returns whether its place is known.
    pub(super) fn add(
        &mut self,
        kind: &[u8],
        pc: u64,
        position: Option<Position>,
        miss: &Miss<'_>,
        shape: Option<u32>,
        code: &mut CodeTable,
    ) -> bool {
        self.has_misses = true;
        let kind = self.kind(kind);
        let row = match self.by_pc.get(&(pc, kind)) {
            Some((generation, row)) if *generation == code.generation() => *row,
            _ => {
                let row = code.access(pc, position).map(|access| self.row(access, kind, miss));
                self.by_pc.insert((pc, kind), (code.generation(), row));
                row
            }
        };
        let Some(row) = row else { return false };
        self.rows[row as usize].add(miss, shape);
        true
    }

    fn kind(&mut self, kind: &[u8]) -> u32 {
        let known = self.kinds.iter().position(|known| **known == *kind);
        known.unwrap_or_else(|| {
            self.kinds.push(kind.into());
            self.kinds.len() - 1
        }) as u32
    }

    fn row(&mut self, access: Access, kind: u32, miss: &Miss<'_>) -> u32 {
        let next = self.rows.len() as u32;
        let row = *self.index.entry((access, kind)).or_insert(next);
        if row == next {
            self.rows.push(RawCache {
                access,
                kind,
                key: miss.key.into(),
                keys: FxHashSet::default(),
                state: miss.to,
                last_us: miss.at_us,
                misses: 0,
                first_uses: 0,
                out_of_bounds: 0,
                transitions: Vec::new(),
                shapes: Vec::new(),
                seen: FxHashSet::default(),
            });
        }
        row
    }

    /// Whether there was any record, of a known place or not.
    pub(super) fn has_misses(&self) -> bool {
        self.has_misses
    }

    /// Functions of accesses whose line the log does not tell.
    pub(super) fn functions_with_offsets(&self) -> impl Iterator<Item = FunctionId> {
        self.rows.iter().filter(|row| matches!(row.access.at, At::Offset(_))).map(|row| row.access.function)
    }
}
