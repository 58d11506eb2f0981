//! Questions and answers. Values are µs of CPU time, or bytes where allocations are asked for. Lines and columns are 1-based, 0 unknown;
//! columns count UTF-16 code units. A column of a table of columns is as long as its neighbours.

use profile::Category;
use serde::{Deserialize, Serialize};

/// What widths and shares are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// µs.
    #[default]
    Cpu,
    /// Bytes.
    Allocated,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrameInfo {
    /// Its number in the model.
    pub id: u32,
    /// As V8 shows it; empty for an anonymous function.
    pub name: String,
    /// Absolute path, else URL; empty without source.
    pub path: String,
    /// Whether `path` is a file that can be opened.
    pub is_file: bool,
    /// Where the function begins.
    pub line: u32,
    /// Where the function begins.
    pub column: u32,
    /// What kind of code.
    pub category: Category,
}

/// A model before anything of it is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Time of each category as a leaf, in the order of `Category::ALL`: `[category, value]`; bytes where there is no CPU time.
    pub categories: Vec<(Category, u64)>,
    /// Names of tiers, in the order of every list of tiers.
    pub tiers: Vec<String>,
    /// Everything, µs.
    pub whole_us: u64,
    /// Waiting, µs.
    pub idle_us: u64,
    /// Bytes allocated; none when not recorded.
    pub allocated_bytes: Option<u64>,
    /// Whether there is CPU time at all: a heap profile has none.
    pub has_cpu: bool,
    /// Whether there is a time order.
    pub has_timeline: bool,
    /// From the first sample to the end of the last, µs.
    pub timeline_us: u64,
    /// Samples of active time.
    pub samples: u64,
    /// µs between samples; 0 unknown.
    pub interval_us: u64,
    /// Functions in the model.
    pub n_frames: u32,
    /// The profile it is compared with, whole and idle µs.
    pub before: Option<Before>,
}

/// Figures of the profile compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Before {
    /// Everything, µs.
    pub whole_us: u64,
    /// Waiting, µs.
    pub idle_us: u64,
}

/// The order of a flamegraph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// Heaviest callee first, idle last.
    #[default]
    LeftHeavy,
    /// As it ran.
    TimeOrder,
    /// Who calls one function: the function is the root, its callers below. Only the outermost calls in their stacks count, so that the
    /// root's total is the function's, recursion counted once; callers inside of the recursion are not shown. A caller's value is what
    /// reached the function through it, and its self value is 0.
    Callers,
    /// What one function calls, all its outermost calls merged: the function is the root. Where it calls itself it comes again below.
    Callees,
}

/// Which boxes are asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BoxesRequest {
    /// In which order.
    pub order: Order,
    /// The function of [`Order::Callers`] and [`Order::Callees`].
    pub frame: Option<u32>,
    /// Categories switched off: code is folded into its callers, states of the VM are left out.
    pub hidden: Vec<Category>,
    /// Width of what.
    pub measure: Measure,
    /// Left edge of what is visible.
    pub from: f64,
    /// Right edge; everything when left out.
    pub to: Option<f64>,
    /// What is narrower may be merged: a run of narrower neighbours in one row, gaps between them narrower too, is answered as one box (see
    /// [`Boxes::merged`]), but what is below two boxes of this answer is never merged into one. It is taken as the largest power of two up
    /// to it, so that nothing as wide is merged. What has not even a quarter of this width together with such neighbours is left out, unless it
    /// has a mark or leads to one. 0: every box is answered.
    pub min_width: f64,
    /// Marks boxes of matching functions; the search's language. A query that cannot be read marks nothing: searching tells why.
    pub query: Option<String>,
    /// Marks boxes of this function: the one below the editor's cursor.
    pub highlight: Option<u32>,
}

/// Boxes in order of row, then of x. Those of one row do not overlap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boxes {
    /// Width of everything.
    pub width: f64,
    /// Rows of everything, the root's included.
    pub n_rows: u32,
    /// Boxes that have no place of their own in this answer: they lie outside, were merged into others, or were too narrow.
    pub left_out: u64,
    /// The functions that occur.
    pub frames: Vec<FrameInfo>,
    /// Number of the merged node: the same for the same order and hidden categories. The root is 0.
    pub node: Vec<u32>,
    /// Row; the root's is 0.
    pub row: Vec<u32>,
    /// Left edge.
    pub x0: Vec<f64>,
    /// Right edge.
    pub x1: Vec<f64>,
    /// How many boxes it stands for; 1 for a box as it is. A merged box lies from the left edge of its first to the right edge of its last
    /// box. `self_value`, `total_value`, `samples` and `before` are sums; `node`, `frame` and `tier_value` are those of its heaviest box;
    /// `mark` is set when one of its boxes has it. What is below its boxes hangs below it.
    pub merged: Vec<u32>,
    /// Place of the box above in this answer, -1 for the root.
    pub parent: Vec<i32>,
    /// Place in `frames`, -1 for the root of everything.
    pub frame: Vec<i32>,
    /// Of the function itself.
    pub self_value: Vec<f64>,
    /// With what it calls.
    pub total_value: Vec<f64>,
    /// Samples below.
    pub samples: Vec<u64>,
    /// Value per tier, `tiers.length` numbers per box; empty for allocations.
    pub tier_value: Vec<f64>,
    /// 1: matches the query; 2: is highlighted; 3: both; 0: neither.
    pub mark: Vec<u8>,
    /// Total before, scaled to the same whole active time, or to as many bytes; empty without comparison and in time order. Compare with
    /// `total_value`. What only the compared profile has is no box: the tables have it.
    pub before: Vec<f64>,
}

/// What to search.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SearchRequest {
    /// In which order hits lie.
    pub order: Order,
    /// As in [`BoxesRequest`].
    pub frame: Option<u32>,
    /// As in [`BoxesRequest`].
    pub hidden: Vec<Category>,
    /// As in [`BoxesRequest`].
    pub measure: Measure,
    /// The search's language.
    pub query: String,
}

/// What matches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchResult {
    /// Functions that match and are shown.
    pub functions: u32,
    /// Value of the shown stacks with a match, each counted once.
    pub value: f64,
    /// The heaviest boxes that match, heaviest first, 500 at most.
    pub hits: Vec<Hit>,
    /// Why the query cannot be read.
    pub error: Option<QueryError>,
}

/// A box that matches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    /// As in [`Boxes`].
    pub node: u32,
    /// As in [`Boxes`].
    pub row: u32,
    /// As in [`Boxes`].
    pub x0: f64,
    /// As in [`Boxes`].
    pub x1: f64,
}

/// A query or filter that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryError {
    /// What is wrong and what would be right.
    pub message: String,
    /// Where it is wrong, in UTF-16 code units from the start.
    pub at: u32,
    /// Length of what is wrong, in UTF-16 code units.
    pub length: u32,
}

/// Which function's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DetailsRequest {
    /// The function.
    pub frame: u32,
    /// As in [`BoxesRequest`].
    pub measure: Measure,
}

/// One function, wherever it was called, as on source lines: native code that JavaScript calls directly is its self value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// Itself.
    pub frame: FrameInfo,
    /// Of the function itself.
    pub self_value: f64,
    /// With all it calls; recursion counts once.
    pub total_value: f64,
    /// Samples behind `self_value` and `total_value`.
    pub samples: (u64, u64),
    /// Self value per tier.
    pub tiers: Vec<f64>,
    /// Its hottest lines, 20 at most.
    pub lines: Vec<LineInfo>,
    /// Who calls it, most value first, 50 at most.
    pub callers: Vec<Related>,
    /// What it calls, most value first, 50 at most.
    pub callees: Vec<Related>,
    /// Self and total before, scaled to the same whole active time, or to as many bytes.
    pub before: Option<(f64, f64)>,
}

/// A line and its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineInfo {
    /// Absolute path, else URL.
    pub path: String,
    /// The line.
    pub line: u32,
    /// Of the line itself.
    pub self_value: f64,
    /// With all it calls.
    pub total_value: f64,
    /// Samples behind `total_value`.
    pub samples: u64,
}

/// A caller or callee, and the value that goes that way; recursion counts once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Related {
    /// The other function.
    pub frame: FrameInfo,
    /// What goes that way.
    pub value: f64,
}

/// A kind of table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TableKind {
    /// Functions by self value, their callers below them: bottom-up.
    #[default]
    BottomUp,
    /// The call tree: top-down.
    TopDown,
    /// Lines, flat.
    Lines,
}

/// A column to sort by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Column {
    /// CPU time of the function itself.
    #[default]
    SelfUs,
    /// CPU time with all it calls.
    TotalUs,
    /// Samples behind the total.
    Samples,
    /// Bytes of the function itself.
    SelfBytes,
    /// Bytes with all it calls.
    TotalBytes,
    /// Difference of the share of self time since the profile compared with; largest growth first when descending.
    SelfChange,
    /// Difference of the share of total time.
    TotalChange,
    /// Size of the difference of the share of self time, whatever its direction; those beyond the noise first when descending, see
    /// [`Row::change_interval`].
    SelfChangeSize,
    /// Size of the difference of the share of total time.
    TotalChangeSize,
    /// Alphabetical.
    Name,
    /// By path and line.
    Place,
}

/// A page of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TableRequest {
    /// Which table.
    pub kind: TableKind,
    /// Functions from an outermost row down to the one whose children are asked for; empty for the outermost rows.
    pub path: Vec<u32>,
    /// The filter's language; it applies to the outermost rows; in top-down it leaves what matches, leads to a match or is below one.
    pub filter: String,
    /// Sorted by.
    pub sort: Column,
    /// Smallest first.
    pub ascending: bool,
    /// As in [`BoxesRequest`].
    pub hidden: Vec<Category>,
    /// Native code and compilers that JavaScript calls have rows of their own. Otherwise their time is self time of that JavaScript, as on
    /// source lines; what no JavaScript calls has its own row. In a table of lines it is always the line's.
    pub native_apart: bool,
    /// Rows to skip.
    pub offset: usize,
    /// Most rows, 200 at most.
    pub limit: usize,
}

/// Rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TablePage {
    /// Rows there are.
    pub total: usize,
    /// Some of them.
    pub rows: Vec<Row>,
    /// What shares are of, µs: active time.
    pub base_us: u64,
    /// What shares of bytes are of.
    pub base_bytes: u64,
    /// Why the filter cannot be read; then all rows are answered.
    pub error: Option<QueryError>,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The function; in a table of lines, the function that the line is in most.
    pub frame: FrameInfo,
    /// The line, in a table of lines.
    pub line: Option<u32>,
    /// CPU time of the function or line itself. In bottom-up below the outermost rows: of the outermost function when called this way.
    pub self_us: u64,
    /// With all it calls; recursion counts once.
    pub total_us: u64,
    /// Samples behind it.
    pub samples: u64,
    /// Bytes; none when not recorded.
    pub self_bytes: Option<u64>,
    /// Bytes; none when not recorded.
    pub total_bytes: Option<u64>,
    /// Self and total µs before, scaled to the same whole active time; none without comparison.
    pub before_us: Option<(u64, u64)>,
    /// Where the differences of the shares of self and of total time (−1 to 1) lie with 95 % confidence, as far as the numbers of samples
    /// tell: low and high of each. A difference is noise when 0 lies within. How much two processes differ anyway is not in it. None without
    /// comparison or samples, and of waiting, which has no share.
    pub change_interval: Option<[[f64; 2]; 2]>,
    /// Rows below.
    pub children: usize,
}
