//! The file as it is, in columns.

use super::FORMAT;
use super::json::Json;
use crate::read::ReadError;
use crate::read::call_frame::RawFrame;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// The nodes of `head`, parents first. Rows of `parent`, `frame`, `id`, `size` are nodes.
#[derive(Debug, Default)]
pub(super) struct RawHeap {
    pub(super) frames: Vec<RawFrame>,
    pub(super) parent: Vec<Option<u32>>,
    /// Row of `frames`.
    pub(super) frame: Vec<Option<u32>>,
    pub(super) id: Vec<Option<i64>>,
    pub(super) size: Vec<u64>,
    /// Ids of the nodes of the samples.
    pub(super) samples: Vec<i64>,
    pub(super) has_samples: bool,
    pub(super) dropped: BTreeMap<&'static str, u64>,
}

/// Levels of wrapping that exist; a bound keeps made-up input from recursing.
const MOST_WRAPPERS: usize = 2;

/// Parses the text of a profile.
pub(super) fn parse(bytes: &[u8]) -> Result<RawHeap, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let fail = |problem: &str| Err(ReadError::Format { format: FORMAT, problem: problem.to_owned() });
    let mut json = Json::new(bytes);
    match json.peek() {
        None => return fail("the file is empty. Was the program killed before it ended?"),
        Some(b'{') => {}
        Some(_) => return fail("it does not begin as a JSON object"),
    }
    let mut parser = Parser { json, raw: RawHeap::default(), frame_rows: FxHashMap::default(), has_sizes: false };
    parser.top(0)?;
    if parser.json.peek().is_some() {
        return parser.json.error("expected the end of the file");
    }
    if parser.raw.parent.is_empty() {
        return fail("it has no `head`");
    }
    if !parser.has_sizes {
        return fail("no node of its `head` has a `selfSize`: this looks like a CPU profile from before Node 8, which is not supported");
    }
    Ok(parser.raw)
}

/// What comes next in `head`.
enum Next {
    /// A node, below the one of a row.
    Begin(Option<u32>),
    /// A member of the innermost node.
    Member,
    /// What follows the innermost node, which has ended.
    Ended,
}

struct Parser<'a> {
    json: Json<'a>,
    raw: RawHeap,
    frame_rows: FxHashMap<RawFrame, u32>,
    has_sizes: bool,
}

impl Parser<'_> {
    /// The object with the profile's fields, or a wrapper around it.
    fn top(&mut self, depth: usize) -> Result<(), ReadError> {
        self.json.expect(b'{')?;
        if self.json.take(b'}') {
            return Ok(());
        }
        loop {
            match self.json.key()? {
                b"head" => self.head()?,
                b"samples" => self.samples()?,
                b"profile" | b"result" if depth < MOST_WRAPPERS => self.top(depth + 1)?,
                b"nodes" => return self.json.error("it has `nodes`, as a CPU profile has,"),
                _ => self.json.skip()?,
            }
            if !self.json.has_next(b'}')? {
                return Ok(());
            }
        }
    }

    /// A node and all below it, without recursion.
    fn head(&mut self) -> Result<(), ReadError> {
        // Rows of the nodes that are begun.
        let mut open: Vec<usize> = Vec::new();
        let mut next = Next::Begin(None);
        loop {
            next = match next {
                Next::Begin(parent) => {
                    open.push(self.begin_node(parent)?);
                    if self.json.take(b'}') { Next::Ended } else { Next::Member }
                }
                Next::Member => match open.last().copied() {
                    Some(row) if self.member(row)? => Next::Begin(Some(row as u32)),
                    _ => self.after_member()?,
                },
                Next::Ended => {
                    open.pop();
                    match open.last().copied() {
                        None => return Ok(()),
                        Some(parent) if self.json.has_next(b']')? => Next::Begin(Some(parent as u32)),
                        Some(_) => self.after_member()?,
                    }
                }
            };
        }
    }

    fn after_member(&mut self) -> Result<Next, ReadError> {
        Ok(if self.json.has_next(b'}')? { Next::Member } else { Next::Ended })
    }

    /// Begins a node; gives its row.
    fn begin_node(&mut self, parent: Option<u32>) -> Result<usize, ReadError> {
        self.json.expect(b'{')?;
        self.raw.parent.push(parent);
        self.raw.frame.push(None);
        self.raw.id.push(None);
        self.raw.size.push(0);
        Ok(self.raw.parent.len() - 1)
    }

    /// A member of a node. Whether it is a list of children that begins.
    fn member(&mut self, row: usize) -> Result<bool, ReadError> {
        match self.json.key()? {
            b"children" => {
                self.json.expect(b'[')?;
                return Ok(!self.json.take(b']'));
            }
            b"callFrame" => {
                let frame = self.call_frame()?;
                let next = self.raw.frames.len() as u32;
                let known = *self.frame_rows.entry(frame).or_insert_with_key(|frame| {
                    self.raw.frames.push(frame.clone());
                    next
                });
                self.raw.frame[row] = Some(known);
            }
            b"id" => self.raw.id[row] = Some(self.json.whole()?),
            b"selfSize" => {
                self.has_sizes = true;
                let size = self.json.number()?;
                if size < 0.0 {
                    self.drop_record("negativeSizes");
                } else if size > super::MOST_BYTES as f64 {
                    self.drop_record("sizesTooLarge");
                } else {
                    self.raw.size[row] = size.round() as u64;
                }
            }
            _ => self.json.skip()?,
        }
        Ok(false)
    }

    fn call_frame(&mut self) -> Result<RawFrame, ReadError> {
        let mut frame = RawFrame { name: String::new(), url: String::new(), line: -1, column: -1, has_script: false };
        self.json.expect(b'{')?;
        if self.json.take(b'}') {
            return Ok(frame);
        }
        loop {
            match self.json.key()? {
                b"functionName" => frame.name = self.text()?,
                b"url" => frame.url = self.text()?,
                // A string in V8, a number in some tools; 0 is none.
                b"scriptId" if self.json.peek() == Some(b'"') => frame.has_script = !matches!(&*self.text()?, "" | "0"),
                b"scriptId" => frame.has_script = self.json.whole()? > 0,
                b"lineNumber" => frame.line = self.json.whole()?,
                b"columnNumber" => frame.column = self.json.whole()?,
                _ => self.json.skip()?,
            }
            if !self.json.has_next(b'}')? {
                frame.has_script |= !frame.url.is_empty();
                return Ok(frame);
            }
        }
    }

    fn text(&mut self) -> Result<String, ReadError> {
        let text = self.json.text()?;
        if text.was_invalid {
            self.drop_record("invalidText");
        }
        Ok(text.text.into_owned())
    }

    fn samples(&mut self) -> Result<(), ReadError> {
        self.raw.has_samples = true;
        self.json.expect(b'[')?;
        if self.json.take(b']') {
            return Ok(());
        }
        loop {
            self.sample()?;
            if !self.json.has_next(b']')? {
                return Ok(());
            }
        }
    }

    fn sample(&mut self) -> Result<(), ReadError> {
        self.json.expect(b'{')?;
        if self.json.take(b'}') {
            self.drop_record("samplesOfUnknownNodes");
            return Ok(());
        }
        let mut node = None;
        loop {
            match self.json.key()? {
                b"nodeId" => node = Some(self.json.whole()?),
                _ => self.json.skip()?,
            }
            if !self.json.has_next(b'}')? {
                break;
            }
        }
        match node {
            Some(node) => self.raw.samples.push(node),
            None => self.drop_record("samplesOfUnknownNodes"),
        }
        Ok(())
    }

    fn drop_record(&mut self, kind: &'static str) {
        *self.raw.dropped.entry(kind).or_default() += 1;
    }
}
