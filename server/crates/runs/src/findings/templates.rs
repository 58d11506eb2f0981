//! Template engines that compile at every request.

use crate::environment::node_env_in_words;
use profile::{Finding, Profile, index::ProfileIndex, tree::Visit};

/// Least share of active time that is worth telling.
const LEAST_SHARE: f64 = 0.05;

/// Template engines, and how the functions are called with which they compile a template.
const TEMPLATE_COMPILERS: [(&str, &[&str]); 7] = [
    ("pug", &["compileBody", "compile", "exports.compile"]),
    ("ejs", &["compile", "Template", "exports.compile"]),
    ("handlebars", &["compile", "compileInput", "precompile", "parse"]),
    ("nunjucks", &["_compile", "compile"]),
    ("mustache", &["parseTemplate", "parse"]),
    ("eta", &["compile", "compileToString"]),
    ("hbs", &["compile"]),
];

pub(super) fn templates_recompiled(index: &ProfileIndex, node_env: Option<&str>) -> Option<Finding> {
    let profile = index.profile();
    let engines: Vec<Option<&str>> = profile.frames.iter().map(|frame| template_compiler(profile, frame)).collect();
    let mut us = 0;
    let mut depth = 0u32;
    let mut hottest = None;
    let subtree = profile.tree.subtree_us();
    profile.tree.walk(|node, visit| {
        let Some(engine) = engines[profile.frame_of(node).index()] else { return };
        match visit {
            Visit::Enter => {
                if depth == 0 {
                    us += subtree[node.index()];
                    hottest = hottest.or(Some(engine));
                }
                depth += 1;
            }
            Visit::Leave => depth -= 1,
        }
    });
    let share = index.share(us);
    let engine = hottest.filter(|_| share >= LEAST_SHARE)?;
    let percent = share * 100.0;
    let uses_express = profile.sources.iter().any(|source| package_of(&source.url) == Some("express"));
    let advice = match node_env {
        Some("production") => format!("Compile each template once and keep the function, or turn on {engine}'s cache."),
        _ if uses_express => "Start the server with NODE_ENV=production: Express then keeps compiled views (`view cache`).".to_owned(),
        _ => format!("Start the server with NODE_ENV=production, or turn on {engine}'s cache."),
    };
    let environment = node_env_in_words(node_env);
    Some(Finding {
        code: "template/recompiled".to_owned(),
        message: format!("{percent:.0} % of the time goes into compiling {engine} templates again and again; {environment}."),
        advice,
        share,
        ..Finding::default()
    })
}

fn template_compiler<'a>(profile: &Profile, frame: &profile::Frame) -> Option<&'a str> {
    let package = package_of(&profile.source(frame.source?).url)?;
    let (engine, names) = TEMPLATE_COMPILERS.iter().find(|(engine, _)| *engine == package)?;
    let name = frame.name.rsplit('.').next().unwrap_or(&frame.name);
    (names.contains(&frame.name.as_str()) || names.contains(&name)).then_some(*engine)
}

/// The package a script below `node_modules` belongs to.
pub(crate) fn package_of(url: &str) -> Option<&str> {
    let (_, inside) = url.rsplit_once("/node_modules/")?;
    let slashes = if inside.starts_with('@') { 2 } else { 1 };
    let end = inside.match_indices('/').nth(slashes - 1).map_or(inside.len(), |(at, _)| at);
    Some(&inside[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use profile::{Category, Frame, Location, ProfileBuilder, Source, Tier};

    fn index(stacks: &[(&[(&str, &str)], u64)]) -> ProfileIndex {
        let mut builder = ProfileBuilder::default();
        for (stack, us) in stacks {
            let mut node = None;
            for (name, url) in *stack {
                let source = Some(builder.source(Source { url: url.to_string(), path: None }));
                let category = Category::of_script(url);
                let frame = builder.frame(Frame { name: name.to_string(), source, start: None, category });
                let location = builder.location(Location { frame, source, position: None, tier: Tier::Unknown, inlined: false });
                node = Some(builder.node(node, location));
            }
            builder.sample(0, *us, node.unwrap());
        }
        ProfileIndex::new(builder.finish())
    }

    #[test]
    fn templates_compiled_per_request() {
        let pug = "/app/node_modules/pug/lib/index.js";
        let express = ("render", "/app/node_modules/express/lib/view.js");
        let hot = index(&[(&[express, ("exports.compile", pug), ("compileBody", pug)], 60), (&[("work", "/app/a.js")], 40)]);
        let found = templates_recompiled(&hot, None).into_iter().collect::<Vec<_>>();
        assert_eq!(found[0].code, "template/recompiled");
        assert!((found[0].share - 0.6).abs() < 1e-9);
        assert!(found[0].message.contains("NODE_ENV is not set"), "{}", found[0].message);
        assert!(found[0].advice.contains("NODE_ENV=production"), "{}", found[0].advice);
        assert!(!templates_recompiled(&hot, Some("production")).unwrap().advice.contains("NODE_ENV"));
        let cold = index(&[(&[("compileBody", pug)], 1), (&[("work", "/app/a.js")], 99)]);
        assert_eq!(templates_recompiled(&cold, None), None);
    }

    #[test]
    fn package_of_script() {
        assert_eq!(package_of("/a/node_modules/pug/lib/index.js"), Some("pug"));
        assert_eq!(package_of("/a/node_modules/x/node_modules/@koa/router/i.js"), Some("@koa/router"));
        assert_eq!(package_of("/a/server.js"), None);
    }
}
