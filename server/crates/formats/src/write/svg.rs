//! A stand-alone flamegraph as SVG.

use super::collapsed::{Weight, for_each_stack, frame_text};
use super::labels::labels;
use inferno::flamegraph::color::{BackgroundColor, Color, PaletteMap};
use inferno::flamegraph::{self, Options};
use profile::{Category, Profile};
use std::io::{self, Write};

/// Frames narrower than this share of the image, in percent, are left out.
const MIN_WIDTH_PERCENT: f64 = 0.05;

/// Writes a flamegraph of everything but waiting, coloured by category. Fails with `InvalidInput` when the profile holds nothing else.
pub fn write(profile: &Profile, title: &str, subtitle: Option<&str>, out: &mut impl Write) -> io::Result<()> {
    let mut stacks = Vec::new();
    let weight = Weight::main_of(profile);
    for_each_stack(profile, weight, |stack| {
        stacks.push(stack.to_owned());
        Ok(())
    })?;
    if stacks.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the profile has no samples but waiting: there is nothing to draw. The other formats take it",
        ));
    }
    stacks.sort_unstable();
    let mut colors = PaletteMap::default();
    for (label, frame) in labels(profile).iter().zip(&profile.frames) {
        // The library trims lines, so that the outermost frame's leading spaces are gone when it asks.
        let text = frame_text(label);
        colors.insert(text.trim(), color(frame.category));
        colors.insert(text, color(frame.category));
    }
    colors.insert("all", Color::new(0xd3, 0xd9, 0xe2));
    let mut options = Options::default();
    options.title = title.to_owned();
    options.subtitle = subtitle.map(str::to_owned);
    options.count_name = if weight == Weight::Bytes { "bytes" } else { "µs" }.to_owned();
    options.name_type = "Function:".to_owned();
    options.min_width = MIN_WIDTH_PERCENT;
    options.bgcolors = Some(BackgroundColor::Flat(Color::new(0xff, 0xff, 0xff)));
    options.palette_map = Some(&mut colors);
    options.deterministic = true;
    flamegraph::from_lines(&mut options, stacks.iter().map(String::as_str), out)
}

/// Fills that differ in lightness as well as hue, after Okabe and Ito, and carry dark text.
fn color(category: Category) -> Color {
    let (r, g, b) = match category {
        Category::App => (0xf5, 0xa8, 0x3c),
        Category::Dependency => (0x74, 0xb9, 0xee),
        Category::NodeCore => (0x57, 0xc5, 0x9b),
        Category::Native => (0xcd, 0xa6, 0xe6),
        Category::Compiler => (0xef, 0xe2, 0x6a),
        Category::Gc => (0xe8, 0x70, 0x5c),
        Category::Program => (0xb3, 0xba, 0xc5),
        Category::Idle => (0xe2, 0xe6, 0xec),
        Category::Unresolved => (0xd8, 0xcf, 0xc4),
    };
    Color::new(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::sample;

    #[test]
    fn frames_are_titled_and_coloured() {
        let mut out = Vec::new();
        write(&sample::profile(), "GET /orders & more", Some("node 22"), &mut out).unwrap();
        let svg = String::from_utf8(out).unwrap();
        assert!(svg.contains("GET /orders &amp; more") && svg.contains("node 22"));
        assert!(!svg.contains("<script>alert"));
        let frames: Vec<&str> = svg.split("<g>").skip(1).map(|group| group.split("<text").next().unwrap()).collect();
        insta::assert_snapshot!(frames.join("\n"));
    }

    #[test]
    fn nothing_to_draw() {
        let error = write(&Profile::default(), "t", None, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
