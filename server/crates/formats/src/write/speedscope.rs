//! Speedscope's own format, for <https://www.speedscope.app>: its file-format-schema.json, version of 2024.

use super::collapsed::Weight;
use super::json::{column, list};
use super::labels::name;
use profile::{NodeId, Profile};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Frame<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    col: Option<u32>,
}

/// Writes one sampled profile in µs, or in bytes when the profile has no time at all. Without moments, every stack is one sample that lasts
/// its whole time.
pub fn write(profile: &Profile, title: &str, out: &mut impl Write) -> io::Result<()> {
    let is_of_bytes = Weight::main_of(profile) == Weight::Bytes;
    let samples: Vec<(NodeId, u64)> = if profile.samples.is_empty() || is_of_bytes {
        let amounts = if is_of_bytes { &profile.tree.self_bytes } else { &profile.tree.self_us };
        profile.tree.ids().map(|node| (node, amounts[node.index()])).filter(|(_, amount)| *amount > 0).collect()
    } else {
        profile.samples.node.iter().copied().zip(profile.samples.duration_us.iter().copied()).collect()
    };
    out.write_all(br#"{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"tickmark","name":"#)?;
    serde_json::to_writer(&mut *out, title)?;
    out.write_all(br#","activeProfileIndex":0,"shared":{"#)?;
    column(
        out,
        true,
        "frames",
        profile.frames.iter().map(|frame| {
            let source = frame.source.map(|source| profile.source(source));
            let file = source.map(|source| source.path.as_deref().unwrap_or(&source.url)).filter(|file| !file.is_empty());
            Frame { name: name(frame), file, line: frame.start.map(|start| start.line), col: frame.start.map(|start| start.column) }
        }),
    )?;
    out.write_all(br#"},"profiles":[{"type":"sampled","name":"#)?;
    serde_json::to_writer(&mut *out, title)?;
    let end = samples.iter().fold(0u64, |sum, (_, amount)| sum.saturating_add(*amount));
    let unit = if is_of_bytes { "bytes" } else { "microseconds" };
    write!(out, r#","unit":"{unit}","startValue":0,"endValue":{end},"samples":["#)?;
    let mut stack = Vec::new();
    for (i, (node, _)) in samples.iter().enumerate() {
        if i > 0 {
            out.write_all(b",")?;
        }
        stack.clear();
        stack.extend(profile.tree.stack(*node).map(|node| profile.frame_of(node).0));
        list(out, stack.iter().rev())?;
    }
    out.write_all(b"]")?;
    column(out, false, "weights", samples.iter().map(|(_, us)| us))?;
    out.write_all(b"}]}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::sample;
    use serde_json::Value;

    fn written(profile: &Profile) -> Value {
        let mut out = Vec::new();
        write(profile, "a \"title\"", &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn sampled_profile() {
        insta::assert_json_snapshot!(written(&sample::profile()));
    }

    #[test]
    fn bytes_where_there_is_no_time() {
        let mut profile = sample::profile();
        profile.tree.self_us.fill(0);
        profile.tree.self_bytes = vec![8; profile.tree.len()];
        let value = written(&profile);
        assert_eq!(value["profiles"][0]["unit"], "bytes");
        assert_eq!(value["profiles"][0]["endValue"], 8 * profile.tree.len());
    }

    #[test]
    fn weights_add_up_without_moments() {
        let mut profile = sample::profile();
        profile.samples = Default::default();
        let value = written(&profile);
        let of = |key: &str| value["profiles"][0][key].as_array().unwrap().len();
        assert_eq!(of("samples"), of("weights"));
        assert_eq!(value["profiles"][0]["endValue"], profile.tree.self_us.iter().sum::<u64>());
    }
}
