//! What is known before anything is drawn.

use crate::fixture::{comparison_of, id_of, model_of, profile_of};
use profile::{Category, FrameId, Profile};
use views::wire::{Before, FrameInfo, Overview};

#[test]
fn figures_of_a_profile() {
    let overview = model_of(profile_of("main>read!native 5 100\nmain 2 30\n(idle)!idle 90 0")).overview();
    let categories: Vec<_> = overview.categories.iter().filter(|(_, us)| *us > 0).copied().collect();
    assert_eq!(categories, [(Category::App, 2), (Category::Native, 5), (Category::Idle, 90)]);
    assert_eq!(overview.categories.iter().map(|(category, _)| *category).collect::<Vec<_>>(), Category::ALL);
    let expected = Overview {
        categories: overview.categories.clone(),
        tiers: ["ignition", "sparkplug", "maglev", "turbofan", "unknown"].map(String::from).to_vec(),
        whole_us: 97,
        idle_us: 90,
        allocated_bytes: Some(130),
        has_cpu: true,
        has_timeline: true,
        timeline_us: 97,
        samples: 2,
        interval_us: 10,
        n_frames: 3,
        before: None,
    };
    assert_eq!(overview, expected);
}

#[test]
fn a_heap_profile_has_no_cpu_time() {
    let mut heap = profile_of("main 0 100\nmain>read!native 0 20");
    heap.samples = profile::Samples::default();
    let overview = model_of(heap).overview();
    assert_eq!((overview.has_cpu, overview.has_timeline, overview.timeline_us), (false, false, 0));
    assert_eq!(overview.categories[0], (Category::App, 100));
    assert!(model_of(Profile::default()).overview().has_cpu);
}

#[test]
fn the_compared_profile_has_its_own_figures() {
    let overview = comparison_of(profile_of("a 5"), profile_of("a 6\nb 1\n(idle)!idle 3")).overview();
    assert_eq!(overview.before, Some(Before { whole_us: 10, idle_us: 3 }));
    assert_eq!(overview.n_frames, 3);
}

#[test]
fn functions_by_number() {
    let model = comparison_of(profile_of("a 5\n(gc)!gc 1"), profile_of("a 6\nb 1"));
    let b = id_of(&model, "b");
    assert_eq!((b, model.frame(3), model.frame_id(b), model.frame_id(1)), (2, None, None, Some(FrameId(1))));
    assert_eq!((model.id_of(FrameId(1)), model.id_of(FrameId(2))), (Some(1), None));
    let a =
        FrameInfo { id: 0, name: "a".into(), path: "/project/app.js".into(), is_file: true, line: 1, column: 1, category: Category::App };
    assert_eq!(model.frame(0), Some(a));
    assert_eq!(model.frame(1).map(|gc| (gc.path, gc.is_file, gc.line)), Some((String::new(), false, 0)));
}
