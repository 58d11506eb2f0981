//! Deopts.

use super::*;

fn check_deopts(records: &str, expected: &[&str]) -> V8Log {
    let log = read_text(&format!("{HEAD}{records}"));
    assert_eq!(deopts(&log), expected);
    log
}

#[test]
fn a_deopt_has_the_places_of_the_log_and_the_functions_of_the_code() {
    let inlined = "code-deopt,70,64,0x1000,1,75,deopt-eager,</app/lib.js:80:6> inlined at </app/lib.js:30:6> inlined at \
                   </app/a.js:40:2>,wrong map\n";
    let log = check_deopts(
        &format!("{inlined}{inlined}code-deopt,90,64,0x1000,-1,30,deopt-lazy-after-fastcall,</app/a.js:4:1>,(unknown)\n"),
        &[
            "outer turbofan eager wrong map x2 deep lib.js:80:6 < leaf lib.js:30:6 < outer a.js:40:2",
            "outer turbofan lazy-after-fastcall (unknown) x1 outer a.js:4:1",
        ],
    );
    let events: Vec<(u32, u64)> = log.profile.decisions.deopt_events.iter().map(|event| (event.deopt, event.at_us)).collect();
    assert_eq!(events, [(0, 70), (0, 70), (1, 90)]);
}

#[test]
fn a_dependency_change_is_of_a_function() {
    check_deopts(
        "code-deopt,70,64,0x1000,-1,24,dependency-change,</app/a.js:3:5>,dependent map was deprecated\n",
        &["outer turbofan dependency-change dependent map was deprecated x1 outer a.js"],
    );
}

#[test]
fn a_deopt_without_a_place_has_that_of_its_offset() {
    check_deopts(
        "code-deopt,70,64,0x1000,0,21,deopt-eager,<unknown>,overflow\n",
        &["outer turbofan eager overflow x1 leaf lib.js:3:2 < outer a.js:4:2"],
    );
}

#[test]
fn a_deopt_of_code_that_the_log_does_not_hold() {
    check_deopts(
        "code-deopt,70,64,0xdead,1,75,deopt-eager,</x/we\\x2Cird d\\xc3\\xafr/l.js:8:6> inlined at </x/a.js:4:2>,wrong map\n\
         code-deopt,71,64,0xdead,-1,75,dependency-change,</x/b.js:9:6>,reason\n",
        &["(unknown function) unknown eager wrong map x1 ? l.js:8:6 < ? a.js:4:2", " unknown dependency-change reason x1  b.js"],
    );
}

#[test]
fn deopts_follow_their_code_when_it_moves_and_when_its_address_is_used_again() {
    check_deopts(
        "code-move,0x1000,0x9000\nsfi-move,0xb1,0xc1\n\
         code-deopt,70,64,0x9000,0,21,deopt-eager,</app/lib.js:3:2> inlined at </app/a.js:4:2>,overflow\n\
         code-creation,JS,13,80,0x9000,64,leaf /app/lib.js:2:1,0xc1,*\ncode-source-info,0x9000,8,10,30,C0O22,,\n\
         code-deopt,90,64,0x9000,-1,22,deopt-eager,</app/lib.js:3:3>,overflow\n",
        &["outer turbofan eager overflow x1 leaf lib.js:3:2 < outer a.js:4:2", "leaf turbofan eager overflow x1 leaf lib.js:3:3"],
    );
}
