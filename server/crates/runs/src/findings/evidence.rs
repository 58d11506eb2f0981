//! The profile, its decisions and the texts, with the questions that every part asks.

use super::texts::Texts;
use super::{Surroundings, Thresholds};
use profile::decisions::{Decisions, FunctionFacts, InlineCache, Place};
use profile::finding::{FindingPlace, RelatedPlace};
use profile::index::ProfileIndex;
use profile::{Category, Frame, FrameId, Profile, SourceId, Tier};
use source::expressions::Meant;
use std::collections::HashMap;

pub(super) struct Evidence<'a> {
    pub(super) index: &'a ProfileIndex,
    pub(super) profile: &'a Profile,
    pub(super) decisions: &'a Decisions,
    pub(super) texts: Texts<'a>,
    pub(super) thresholds: Thresholds,
    /// Whether shares mean anything.
    pub(super) has_samples: bool,
    /// How many samples of equal weight tell as much as those of active time.
    pub(super) n_samples: f64,
    facts: HashMap<FrameId, &'a FunctionFacts>,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(index: &'a ProfileIndex, surroundings: &Surroundings<'a>) -> Self {
        let profile = index.profile();
        let decisions = &profile.decisions;
        Self {
            index,
            profile,
            decisions,
            texts: Texts::new(surroundings.text_of),
            thresholds: surroundings.thresholds,
            has_samples: index.attribution().active_us() > 0,
            n_samples: index.effective_samples(),
            facts: decisions.functions.iter().map(|facts| (facts.function, facts)).collect(),
        }
    }

    /// What is known of a compiled function.
    pub(super) fn facts(&self, function: FrameId) -> Option<&'a FunctionFacts> {
        self.facts.get(&function).copied()
    }

    /// Share of active time that a function spends itself.
    pub(super) fn share(&self, function: FrameId) -> f64 {
        self.index.function(function).map_or(0.0, |total| self.index.share(total.cost.self_us))
    }

    /// Whether a function is the project's or a dependency's, and lies in a file or script with a name.
    pub(super) fn is_users(&self, function: FrameId) -> bool {
        let frame = self.profile.frame(function);
        matches!(frame.category, Category::App | Category::Dependency) && frame.source.is_some_and(|source| self.is_named(source))
    }

    /// Whether a place is in the project's or a dependency's code, so that a finding can lie there.
    pub(super) fn is_users_place(&self, place: &Place) -> bool {
        let users = |source: SourceId| self.is_named(source) && Category::of_script(&self.profile.source(source).url) != Category::NodeCore;
        match (place.source, place.function) {
            (Some(source), _) => users(source),
            (None, Some(function)) => self.is_users(function),
            (None, None) => false,
        }
    }

    /// Whether a source can be looked at: code made from text has no name, or one in parentheses such as `(eval 3)`.
    fn is_named(&self, source: SourceId) -> bool {
        let source = self.profile.source(source);
        source.path.is_some() || !(source.url.is_empty() || source.url.starts_with('('))
    }

    /// A place as findings name it; none when its file is not known.
    pub(super) fn place(&self, place: &Place) -> Option<FindingPlace> {
        let frame = place.function.map(|function| self.profile.frame(function));
        let source = self.profile.source(place.source.or_else(|| frame?.source)?);
        Some(FindingPlace {
            file: source.path.clone().unwrap_or_else(|| source.url.clone()),
            function: frame.map(|frame| frame.name.clone()).unwrap_or_default(),
            function_start: frame.and_then(|frame| frame.start),
            position: place.position,
        })
    }

    /// A function as a place of a finding, without a position in it.
    pub(super) fn function_place(&self, function: FrameId) -> Option<FindingPlace> {
        self.place(&self.place_of(function))
    }

    /// A function as a place.
    pub(super) fn place_of(&self, function: FrameId) -> Place {
        Place { function: Some(function), source: self.profile.frame(function).source, position: None }
    }

    /// Other places of a finding; those whose file is not known are left out.
    pub(super) fn related(&self, places: impl IntoIterator<Item = (Place, String)>) -> Vec<RelatedPlace> {
        let mut related: Vec<RelatedPlace> = Vec::new();
        for (place, message) in places {
            if let Some(place) = self.place(&place) {
                let place = RelatedPlace { place, message };
                if !related.contains(&place) {
                    related.push(place);
                }
            }
        }
        related
    }

    /// A function in a sentence: "`total`", "the function at app.js:3:5", "the top level of app.js".
    pub(super) fn called(&self, function: FrameId) -> String {
        let frame = self.profile.frame(function);
        if !frame.name.is_empty() {
            return format!("`{}`", frame.name);
        }
        let Some(file) = self.file_name(frame) else { return "code made from text".to_owned() };
        match frame.start {
            Some(_) if self.is_top_level(function) => format!("the top level of {file}"),
            Some(start) => format!("the function at {file}:{}:{}", start.line, start.column),
            None => format!("a function of {file}"),
        }
    }

    /// A place in a sentence: "app.js:3:5".
    pub(super) fn at(&self, place: &Place) -> Option<String> {
        let source = place.source.or_else(|| self.profile.frame(place.function?).source)?;
        let url = &self.profile.source(source).url;
        let file = url.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())?;
        let position = place.position.or_else(|| self.profile.frame(place.function?).start)?;
        Some(if position.column == 0 {
            format!("{file}:{}", position.line)
        } else {
            format!("{file}:{}:{}", position.line, position.column)
        })
    }

    fn file_name(&self, frame: &Frame) -> Option<&'a str> {
        let url = &self.profile.source(frame.source.filter(|source| self.is_named(*source))?).url;
        url.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())
    }

    /// The code at a place, as a person would quote it; none when the text is not at hand.
    pub(super) fn code_at(&self, place: &Place, meant: Meant) -> Option<String> {
        let text = self.texts.of(self.source_path(place)?)?;
        text.expression_at(place.position?, meant)
    }

    /// The place of an access at the token of its property, which V8 does not always give; as V8 has it when the text is not at hand.
    pub(super) fn exact(&self, cache: &InlineCache) -> Place {
        let text = self.source_path(&cache.place).and_then(|path| self.texts.of(path));
        let token = text.zip(cache.place.position).and_then(|(text, position)| text.token_at(position, &cache.key));
        Place { position: token.or(cache.place.position), ..cache.place }
    }

    /// The file of a place's position.
    pub(super) fn source_path(&self, place: &Place) -> Option<&'a str> {
        let source = place.source.or_else(|| self.profile.frame(place.function?).source)?;
        self.profile.source(source).path.as_deref()
    }

    /// Whether a function is not Node's own; code made from text counts, too, though no finding can lie there.
    pub(super) fn is_javascript_of_users(&self, function: FrameId) -> bool {
        matches!(self.profile.frame(function).category, Category::App | Category::Dependency)
    }

    /// Whether a function is the top level of a script or module.
    pub(super) fn is_top_level(&self, function: FrameId) -> bool {
        let frame = self.profile.frame(function);
        frame.name.is_empty() && frame.start.is_some_and(|start| (start.line, start.column) == (1, 1))
    }

    /// When a function got optimised code, per isolate and in time order.
    pub(super) fn optimised(&self) -> HashMap<FrameId, Vec<(u16, u64)>> {
        let mut times: HashMap<FrameId, Vec<(u16, u64)>> = HashMap::new();
        for compilation in &self.decisions.compilations {
            if matches!(compilation.tier, Tier::Maglev | Tier::Turbofan) {
                times.entry(compilation.function).or_default().push((compilation.thread, compilation.at_us));
            }
        }
        for times in times.values_mut() {
            times.sort_unstable();
        }
        times
    }
}
