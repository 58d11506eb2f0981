//! A small profile with everything that is hard to write.

use profile::{Category, Frame, Location, NodeId, Position, Profile, ProfileBuilder, Source, Tier};

/// Names that break careless writers: markup, separators, quotes, other scripts.
pub(crate) const EVIL_NAME: &str = "</script><script>alert(1)//;\n\"{{css}}\" 日本 &amp;";

pub(crate) fn profile() -> Profile {
    let mut builder = ProfileBuilder::default();
    let main = builder.source(Source { url: "file:///app/src/main.js".into(), path: Some("/app/src/main.js".into()) });
    let lib = builder.source(Source { url: "/app/node_modules/lib/a.js".into(), path: Some("/app/node_modules/lib/a.js".into()) });
    let routes = builder.source(Source { url: "/app/lib/routes.js".into(), path: Some("/app/lib/routes.js".into()) });
    let node = builder.source(Source { url: "node:events".into(), path: None });
    let mut function = |name: &str, source, line, tier, at: Option<u32>| {
        let url = ["file:///app/src/main.js", "/app/node_modules/lib/a.js", "/app/lib/routes.js", "node:events"];
        let category = Category::of_script(url[[main, lib, routes, node].iter().position(|known| *known == source).unwrap()]);
        let start = Some(Position { line, column: 5 });
        let frame = builder.frame(Frame { name: name.into(), source: Some(source), start, category });
        let position = at.map(|line| Position { line, column: 0 });
        builder.location(Location { frame, source: Some(source), position, tier, inlined: false })
    };
    let top = function("", main, 1, Tier::Ignition, None);
    let handle = function("handle", routes, 10, Tier::Turbofan, None);
    let handle_12 = function("handle", routes, 10, Tier::Turbofan, Some(12));
    let evil = function(EVIL_NAME, lib, 3, Tier::Maglev, Some(4));
    let emit = function("emit", node, 500, Tier::Sparkplug, None);
    let native = builder.plain_location("RegExp: a;b", Category::Native);
    let gc = builder.plain_location("(gc)", Category::Gc);
    let idle = builder.plain_location("(idle)", Category::Idle);
    let program = builder.plain_location("(program)", Category::Program);

    let mut path = |locations: &[_]| {
        let mut node: Option<NodeId> = None;
        for location in locations {
            node = Some(builder.node(node, *location));
        }
        node.unwrap()
    };
    let stacks = [
        (path(&[top]), 100),
        (path(&[top, emit, handle]), 300),
        (path(&[top, emit, handle, evil]), 700),
        (path(&[top, emit, handle, evil, native]), 50),
        (path(&[gc]), 25),
        (path(&[idle]), 1000),
        (path(&[program]), 10),
        (path(&[top, emit, handle]), 200),
    ];
    let on_line = path(&[top, emit, handle_12]);
    let mut time_us = 40;
    for (node, us) in stacks {
        builder.samples.push(time_us, us, node);
        time_us += us;
        // The second visit of `handle` is on a known line, in a node of its own.
        let owner = if us == 200 { on_line } else { node };
        builder.add_self(owner, us, 1);
    }
    builder.finish()
}
