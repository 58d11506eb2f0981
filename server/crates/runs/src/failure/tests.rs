use super::*;

/// Path, line and column.
type At<'a> = Option<(&'a str, u32, u32)>;

/// What an output is told as: the error, and the place.
fn check(output: &str, expected: Option<(&str, At<'_>)>) {
    let found = thrown(output);
    let found = found.as_ref().map(|thrown| {
        let place = thrown.place.as_ref().map(|place| (place.path.to_str().unwrap(), place.line, place.column));
        (thrown.error.as_str(), place)
    });
    assert_eq!(found, expected, "{output}");
}

#[test]
fn errors_that_node_prints() {
    check(
        "/app/server.js:12\n  foo.bar();\n      ^\n\nTypeError: foo.bar is not a function\n    at start (/app/server.js:12:7)\n    at node:internal/main:1:2\n\nNode.js v24.1.0\n",
        Some(("TypeError: foo.bar is not a function", Some(("/app/server.js", 12, 7)))),
    );
    // Only the end is kept.
    check("      ^\n\nError: no database\n    at file:///app/a%20b.mjs:3:9", Some(("Error: no database", Some(("/app/a b.mjs", 3, 9)))));
    check(
        "Error: deep\n    at f (/app/node_modules/x/i.js:1:1)\n    at async /app/main.js:7:3\n",
        Some(("Error: deep", Some(("/app/main.js", 7, 3)))),
    );
    check("Error: deep\n    at f (/app/node_modules/x/i.js:1:1)\n", Some(("Error: deep", Some(("/app/node_modules/x/i.js", 1, 1)))));
    check(
        "/app/bad.js:3\n  let = ;\n      ^\n\nSyntaxError: Unexpected token ';'\n    at wrapSafe (node:internal/modules/cjs/loader:1:2)\n",
        Some(("SyntaxError: Unexpected token ';'", Some(("/app/bad.js", 3, 1)))),
    );
    check(
        "node:internal/modules/cjs/loader:1215\n  throw err;\n  ^\n\nError: Cannot find module 'x'\nRequire stack:\n- /app/server.js\n    at Function._resolveFilename (node:internal/modules/cjs/loader:1212:15)\n    at Object.<anonymous> (/app/server.js:1:1)\n",
        Some(("Error: Cannot find module 'x'", Some(("/app/server.js", 1, 1)))),
    );
    check("TypeError [ERR_INVALID]: x\n    at node:internal/x:1:1\n", Some(("TypeError [ERR_INVALID]: x", None)));
    check("an Error: in the middle\n    at f (/a.js:1:1)\n", None);
    check("listening\nError: logged without a stack\n", None);
    check("", None);
}

#[test]
fn a_failure_is_one_line() {
    fn check(error: RunError, expected: &str, place: Option<(&str, u32)>) {
        let failure = error.failure(Path::new("/app"));
        assert_eq!(failure.summary, expected);
        assert_eq!(failure.place.as_ref().map(|place| (place.path.to_str().unwrap(), place.line)), place);
    }
    let no_log = |output: &str| RunError::NoLog { exit: "exit code 1".to_owned(), output: output.to_owned() };
    let crash = "  ^\n\nTypeError: x is not a function\n    at f (/app/src/a.js:12:7)\n    at g (/app/src/b.js:1:1)";
    check(no_log(crash), "the program ended (exit code 1): TypeError: x is not a function (src/a.js:12)", Some(("/app/src/a.js", 12)));
    let in_request = RunError::Request { name: "request 2 of 3, POST /echo,".to_owned(), source: Box::new(no_log(crash)) };
    check(in_request, "the program ended (exit code 1): TypeError: x is not a function (src/a.js:12)", Some(("/app/src/a.js", 12)));
    check(
        no_log("starting\nno database at port 5432\n\n"),
        "the program ended (exit code 1) and V8 wrote no log. It printed: no database at port 5432",
        None,
    );
    check(no_log(""), "the program ended (exit code 1) and V8 wrote no log.", None);
    check(
        RunError::NotARoute("server.js".to_owned()),
        "server.js is no route: only a route can be benchmarked, with its program as \"entry\"",
        None,
    );
}
