//! Simple commands of package.json's scripts, read the way a shell would.

use std::collections::BTreeMap;

/// A command that comes down to `node <flags> <file> <args>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) file: String,
    pub(super) args: Vec<String>,
    pub(super) node_args: Vec<String>,
    pub(super) env: BTreeMap<String, String>,
}

/// Node flags whose value may be the next word (`node --help`).
const WITH_VALUE: [&str; 17] = [
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "-C",
    "--conditions",
    "--env-file",
    "--env-file-if-exists",
    "--title",
    "--disable-warning",
    "--icu-data-dir",
    "--openssl-config",
    "--stack-trace-limit",
    "--max-http-header-size",
    "--unhandled-rejections",
    "--dns-result-order",
];

/// Runs that are not of a file.
const NOT_A_FILE: [&str; 11] = ["-e", "--eval", "-p", "--print", "-pe", "-i", "--interactive", "--test", "--run", "-c", "--check"];

/// Flags that watch files, wait for a debugger, or start V8's other profiler,
/// which silences its log.
fn is_in_the_way(flag: &str) -> bool {
    let name = flag.split('=').next().unwrap_or(flag);
    name.starts_with("--watch")
        || name.starts_with("--inspect")
        || name.starts_with("--cpu-prof")
        || name.starts_with("--prof")
        || name == "--logfile"
}

/// nodemon's and tsx's own flags that take the next word.
const RUNNER_WITH_VALUE: [&str; 14] =
    ["-w", "--watch", "-e", "--ext", "-i", "--ignore", "-d", "--delay", "--signal", "--cwd", "--tsconfig", "-P", "--project", "--config"];

/// The error is a phrase that says why this is no such command.
pub(super) fn parse(text: &str, scripts: &BTreeMap<&str, &str>) -> Result<Command, String> {
    parse_at_depth(text, scripts, 0)
}

fn parse_at_depth(text: &str, scripts: &BTreeMap<&str, &str>, depth: u8) -> Result<Command, String> {
    if depth > 8 {
        return Err("the scripts call each other in a circle".to_owned());
    }
    // Of `build && node x` the build is assumed to be done; a missing file tells otherwise.
    let last = words(text)?.split(|word| *word == Word::And).next_back().unwrap_or_default().to_vec();
    let mut words = last
        .into_iter()
        .filter_map(|word| match word {
            Word::Text(text) => Some(text),
            Word::And => None,
        })
        .peekable();
    let mut env = BTreeMap::new();
    let program = loop {
        let Some(word) = words.next() else { return Err("the command is empty".to_owned()) };
        if let Some((name, value)) = assignment(&word) {
            env.insert(name.to_owned(), value.to_owned());
        } else if !matches!(word.as_str(), "cross-env" | "cross-env-shell" | "env" | "npx" | "exec" | "--") {
            break word;
        }
    };
    let rest: Vec<String> = words.collect();
    let name = program.rsplit(['/', '\\']).next().unwrap_or(&program);
    let mut command = match name.strip_suffix(".exe").unwrap_or(name) {
        "node" => node(&rest)?,
        "nodemon" | "node-dev" => runner(&rest, &[])?,
        "tsx" => runner(rest.strip_prefix(&["watch".to_owned()]).unwrap_or(&rest), &["--import", "tsx"])?,
        "ts-node" | "ts-node-dev" | "tsnd" => runner(&rest, &["-r", "ts-node/register"])?,
        manager @ ("npm" | "yarn" | "pnpm") => {
            let (script, args) = called_script(manager, &rest)?;
            let Some(text) = scripts.get(script) else {
                return Err(format!("there is no script {script:?}"));
            };
            let mut command = parse_at_depth(text, scripts, depth + 1)?;
            command.args.extend(args.iter().cloned());
            command
        }
        other => return Err(format!("`{other}` does not run a file with Node in a known way: name the file to run")),
    };
    // What stands nearer to the program wins.
    env.append(&mut command.env);
    command.env = env;
    Ok(command)
}

fn node(words: &[String]) -> Result<Command, String> {
    let mut command = Command::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            continue;
        }
        if !word.starts_with('-') {
            command.file.clone_from(word);
            command.args.extend(words.cloned());
            return Ok(command);
        }
        if NOT_A_FILE.contains(&word.split('=').next().unwrap_or(word)) {
            return Err(format!("`node {word}` runs no file"));
        }
        let value = WITH_VALUE.contains(&word.as_str()).then(|| words.next()).flatten();
        if !is_in_the_way(word) {
            command.node_args.push(word.clone());
            command.node_args.extend(value.cloned());
        }
    }
    Err("`node` is started without a file".to_owned())
}

fn runner(words: &[String], node_args: &[&str]) -> Result<Command, String> {
    let mut rest = words;
    let mut kept = Vec::new();
    while let [word, after @ ..] = rest {
        if !word.starts_with('-') {
            break;
        }
        if matches!(word.as_str(), "-x" | "--exec") {
            return match after {
                [exec, file @ ..] => parse_at_depth(&format!("{exec} {}", quote(file)), &BTreeMap::new(), 1),
                [] => Err(format!("{word} lacks its command")),
            };
        }
        if RUNNER_WITH_VALUE.contains(&word.as_str()) {
            rest = after.get(1..).unwrap_or_default();
        } else if WITH_VALUE.contains(&word.as_str()) {
            kept.extend(rest.iter().take(2).cloned());
            rest = after.get(1..).unwrap_or_default();
        } else {
            // nodemon hands flags on to Node; its own ones are about watching.
            let own = [
                "-q",
                "-V",
                "-L",
                "--quiet",
                "--verbose",
                "--legacy-watch",
                "--respawn",
                "--clear-screen",
                "--transpile-only",
                "-T",
                "--files",
            ];
            if !own.contains(&word.as_str()) {
                kept.push(word.clone());
            }
            rest = after;
        }
    }
    kept.extend(rest.iter().cloned());
    let mut command = node(&kept)?;
    command.node_args.splice(0..0, node_args.iter().map(|&arg| arg.to_owned()));
    Ok(command)
}

fn called_script<'a>(manager: &str, words: &'a [String]) -> Result<(&'a str, &'a [String]), String> {
    let words: &[String] = match words {
        [run, rest @ ..] if run == "run" || run == "run-script" => rest,
        words => words,
    };
    match words {
        [script, dashes, args @ ..] if dashes == "--" => Ok((script, args)),
        // npm takes words after the script's name for itself only if they are flags.
        [script, args @ ..] if !script.starts_with('-') => Ok((script, args)),
        _ => Err(format!("`{manager}` is called in a way that is not a script")),
    }
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (letters && !name.is_empty() && !name.as_bytes()[0].is_ascii_digit()).then_some((name, value))
}

fn quote(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
    quoted.join(" ")
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Text(String),
    And,
}

/// Splits at spaces, takes quotes and backslashes away, knows `&&`, and refuses
/// everything that needs a shell.
fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut all = Vec::new();
    let mut current: Option<String> = None;
    let mut chars = text.chars().peekable();
    let needs_shell = |what: char| format!("`{what}` in the command needs a shell: name the file to run");
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' | '\n' | '\r' => all.extend(current.take().map(Word::Text)),
            '&' if chars.peek() == Some(&'&') => {
                chars.next();
                all.extend(current.take().map(Word::Text));
                all.push(Word::And);
            }
            '\'' | '"' => {
                let word = current.get_or_insert_default();
                loop {
                    match chars.next() {
                        None => return Err(format!("the command lacks a closing {char}")),
                        Some(end) if end == char => break,
                        Some('\\') if char == '"' && matches!(chars.peek(), Some('"' | '\\' | '$')) => {
                            word.extend(chars.next());
                        }
                        Some(what @ ('$' | '`')) if char == '"' => return Err(needs_shell(what)),
                        Some(other) => word.push(other),
                    }
                }
            }
            '\\' => current.get_or_insert_default().extend(chars.next()),
            '$' | '`' | '|' | ';' | '<' | '>' | '&' | '(' | ')' | '*' => return Err(needs_shell(char)),
            other => current.get_or_insert_default().push(other),
        }
    }
    all.extend(current.map(Word::Text));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let scripts = BTreeMap::from([("serve", "A=2 node s.js"), ("a", "npm run b"), ("b", "npm run a")]);
        match parse(text, &scripts) {
            Ok(command) => {
                let env: Vec<String> = command.env.iter().map(|(name, value)| format!("{name}={value} ")).collect();
                format!("{}[{}] {} [{}]", env.concat(), command.node_args.join(" "), command.file, command.args.join(" "))
            }
            Err(reason) => format!("! {reason}"),
        }
    }

    #[test]
    fn commands() {
        let check = |text: &str, expected: &str| assert_eq!(shown(text), expected, "{text}");
        check("node server.js --x", "[] server.js [--x]");
        check("NODE_ENV=production node .", "NODE_ENV=production [] . []");
        check("cross-env A=1 B='x y' node a.js", "A=1 B=x y [] a.js []");
        check("nodemon x.js", "[] x.js []");
        check("nodemon --watch src -e ts --exec tsx src/x.ts", "[--import tsx] src/x.ts []");
        check("nodemon --exec 'node --env-file=.env' \"my file.js\"", "[--env-file=.env] my file.js []");
        check("tsx src/x.ts", "[--import tsx] src/x.ts []");
        check("tsx watch --tsconfig t.json src/x.ts 1", "[--import tsx] src/x.ts [1]");
        check("node --env-file=.env dist/x.js", "[--env-file=.env] dist/x.js []");
        check("node --env-file .env -r dotenv/config dist/x.js", "[--env-file .env -r dotenv/config] dist/x.js []");
        check("node --watch --inspect=0 --cpu-prof x.js", "[] x.js []");
        check("npm run build && node dist/x.js", "[] dist/x.js []");
        check("A=1 npm run serve -- --port 1", "A=2 [] s.js [--port 1]");
        check("yarn serve", "A=2 [] s.js []");
        check("npx ts-node -T a.ts", "[-r ts-node/register] a.ts []");
        check("npm run a", "! the scripts call each other in a circle");
        check("npm run c", "! there is no script \"c\"");
        check("node -e 1", "! `node -e` runs no file");
        check("node --test", "! `node --test` runs no file");
        check("node", "! `node` is started without a file");
        check("", "! the command is empty");
        check("node x.js | pino-pretty", "! `|` in the command needs a shell: name the file to run");
        check("node 'x.js", "! the command lacks a closing '");
        assert!(shown("vite").starts_with("! `vite` does not run"));
    }
}
