//! The page of notices, for people to read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use anyhow::{Context, Result};
use spdx::LicenseReq;

use super::{Package, Part, policy};

const WIDTH: usize = 120;

/// A text that may be of several packages.
struct Shared<'a> {
    text: &'a str,
    /// Names of packages.
    users: BTreeSet<&'a str>,
    /// What it is, if it is not a package's own.
    standard: Option<String>,
}

/// Each text once, numbered from 1 in the order of their first use.
#[derive(Default)]
struct Texts<'a> {
    shared: Vec<Shared<'a>>,
    /// Words of a text → its place. Line breaks make no difference between licences.
    places: BTreeMap<Vec<&'a str>, usize>,
}

impl<'a> Texts<'a> {
    /// The number of the text, one more package of which this is.
    fn number(&mut self, text: &'a str, user: &'a str, standard: Option<String>) -> usize {
        let place = *self.places.entry(text.split_whitespace().collect()).or_insert_with(|| {
            self.shared.push(Shared { text, users: BTreeSet::new(), standard });
            self.shared.len() - 1
        });
        self.shared[place].users.insert(user);
        place + 1
    }
}

/// The whole page. Fails for a package that may not be shipped.
pub(super) fn render(platform: &str, packages: &[Package]) -> Result<String> {
    let mut texts = Texts::default();
    let mut list = String::new();
    for (part, title, about) in [
        (
            Part::Program,
            "IN THE PROGRAM",
            "Crates that are linked into it, and macros whose expansions are. The VS Code extension holds the program.",
        ),
        (
            Part::Libraries,
            "IN THE PROGRAM, FROM THE COMPILER",
            "Rust's standard library and the packages that it is made of, as its own notices name them.",
        ),
        (Part::Extension, "IN THE VS CODE EXTENSION", "npm packages, parts of which are in its scripts and in the page of the views."),
    ] {
        let of_part: Vec<&Package> = packages.iter().filter(|package| package.part == part).collect();
        if of_part.is_empty() {
            continue;
        }
        let _ = writeln!(list, "\n{}\n{title}\n\n{about}\n", "=".repeat(WIDTH));
        for package in of_part {
            list.push_str(&entry(package, &mut texts)?);
        }
    }
    let mut page = head(platform);
    page.push_str(&sources(packages));
    page.push_str(&list);
    let _ = writeln!(page, "\n{}\nTEXTS", "=".repeat(WIDTH));
    for (place, shared) in texts.shared.iter().enumerate() {
        let users = shared.users.iter().copied().collect::<Vec<_>>().join(", ");
        let title = match &shared.standard {
            Some(standard) => format!("[{}] {standard}, for {users}", place + 1),
            None => format!("[{}] of {users}", place + 1),
        };
        let _ = writeln!(page, "\n{}\n{}\n", "-".repeat(WIDTH), wrapped(&title, "    "));
        let _ = writeln!(page, "{}", shared.text);
    }
    Ok(page)
}

fn head(platform: &str) -> String {
    format!(
        "THIRD-PARTY NOTICES\n\
         Tickmark {} for {platform}\n\n\
         Tickmark is MIT-licensed; see the file LICENSE beside this one. It contains the packages that are listed here, each under its\n\
         own licence. Where a licence offers a choice (OR), all texts that the package has are given. Numbers in brackets are those of\n\
         the texts at the end, where each is given once.\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// Where the source can be had of what must be had with its source.
fn sources(packages: &[Package]) -> String {
    let offered: Vec<(&Package, &str)> =
        packages.iter().filter_map(|package| policy::source_is_offered(package).map(|reason| (package, reason))).collect();
    if offered.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n{}\nSOURCE CODE\n\n\
         The licences of these packages entitle you to the source code of their files. Tickmark uses the files unchanged. Their source\n\
         can be had free of charge in the package registry and in the repository that are named here; it stays under its own licence,\n\
         whatever the licence of Tickmark.\n\n",
        "=".repeat(WIDTH)
    );
    for (package, reason) in offered {
        let _ = writeln!(
            text,
            "{package} ({}): {reason}\n    {}Repository: {}",
            package.licence.as_deref().unwrap_or_default(),
            package.registry.as_ref().map_or(String::new(), |name| format!("Registry: {name}, package {package}\n    ")),
            package.repository.as_deref().unwrap_or("not stated"),
        );
    }
    text
}

/// What is said of one package, and its texts into the others.
fn entry<'a>(package: &'a Package, texts: &mut Texts<'a>) -> Result<String> {
    let taken = policy::taken(package).with_context(|| package.to_string())?;
    let mut numbers: Vec<String> =
        package.texts.iter().map(|text| format!("{} [{}]", text.file, texts.number(&text.text, &package.name, None))).collect();
    let mut copyright: Vec<&str> = Vec::new();
    for line in package.texts.iter().flat_map(|text| text.text.lines()).filter_map(copyright_in) {
        if !copyright.contains(&line) {
            copyright.push(line);
        }
    }
    let standard = !package.texts.iter().any(super::licence_files::Text::is_licence);
    if standard {
        for licence in &taken {
            let text = standard_text(licence).with_context(|| format!("{package}: SPDX has no text of {licence}"))?;
            let number = texts.number(text, &package.name, Some(format!("the standard text of {licence}")));
            numbers.push(format!("the standard text of {licence} [{number}]"));
        }
    }

    let mut lines = vec![package.to_string()];
    lines.push(format!("Licence: {}", policy::canonical(package.licence.as_deref().unwrap_or_default())));
    lines.extend(package.repository.as_ref().map(|address| format!("Repository: {address}")));
    lines.extend(copyright.iter().map(|line| (*line).to_owned()));
    if copyright.is_empty() {
        lines.push(match package.authors.as_slice() {
            [] => format!("Copyright: the authors of {}, whom the package does not name", package.name),
            authors => format!("Copyright: {}", authors.join("; ")),
        });
    }
    if standard {
        lines.push("It brings no licence text: SPDX's standard text is given, for the copyright above.".to_owned());
    }
    lines.push(format!("Texts: {}", numbers.join(", ")));
    let mut text = lines.iter().map(|line| wrapped(line, "        ")).collect::<Vec<_>>().join("\n    ");
    text.push_str("\n\n");
    Ok(text)
}

/// A line that tells whose the copyright is, without signs of comments. Licences have such lines as examples, too.
fn copyright_in(line: &str) -> Option<&str> {
    let line = line.trim_matches(|c: char| c.is_whitespace() || "*/#".contains(c));
    let after =
        |starts: &[&str]| starts.iter().find_map(|start| line.strip_prefix(start)).and_then(|rest| rest.trim_start().chars().next());
    // In lists of conditions `(c)` is the third one.
    let is_said = after(&["Copyright (c)", "Copyright (C)", "Copyright ©", "©"]).is_some_and(char::is_alphanumeric)
        || after(&["Copyright "]).is_some_and(|first| first.is_uppercase() || first.is_ascii_digit())
        || after(&["(c)", "(C)"]).is_some_and(|first| first.is_ascii_digit());
    let is_example = ["[yyyy]", "{yyyy}", "<year>", "[year]"].iter().any(|example| line.contains(example));
    (is_said && !is_example).then_some(line)
}

fn standard_text(licence: &LicenseReq) -> Option<&'static str> {
    licence.addition.is_none().then(|| licence.license.id().map(spdx::LicenseId::text)).flatten()
}

/// In lines of the page's width, as far as words allow.
fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        if !lines[last].trim().is_empty() && lines[last].chars().count() + 1 + word.chars().count() > WIDTH - indent.len() {
            lines.push(format!("{indent}{word}"));
        } else {
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::{licence_files::Text, tests::package};

    fn licence(copyright: &str) -> String {
        format!("{copyright}\n\n{}", "Permission is granted. ".repeat(40))
    }

    fn with(name: &str, texts: &[(&str, String)]) -> Package {
        let texts = texts.iter().map(|(file, text)| Text { file: (*file).to_owned(), text: text.clone() }).collect();
        Package { name: name.to_owned(), texts, ..package("a") }
    }

    #[test]
    fn a_text_is_given_once_with_all_who_use_it() {
        let ada = licence("Copyright (c) 2014 Ada");
        let reflowed = ada.replace(". ", ".\n");
        let packages = [
            with("first", &[("LICENSE", ada)]),
            with("second", &[("LICENSE-MIT", reflowed), ("NOTICE", "Thanks.".to_owned())]),
            with("third", &[("LICENSE", licence("Copyright (c) 2015 Bob"))]),
        ];
        let page = render("linux-x64", &packages).expect("accepted");
        assert!(page.contains("first 1.0.0\n    Licence: MIT\n"), "{page}");
        assert!(
            page.contains("second 1.0.0\n    Licence: MIT\n    Copyright (c) 2014 Ada\n    Texts: LICENSE-MIT [1], NOTICE [2]\n"),
            "{page}"
        );
        assert!(
            page.contains("\n[1] of first, second\n") && page.contains("\n[2] of second\n") && page.contains("\n[3] of third\n"),
            "{page}"
        );
        assert_eq!(page.matches("granted.").count(), 2 * 40, "{page}");
        assert!(page.contains("third 1.0.0\n    Licence: MIT\n    Copyright (c) 2015 Bob\n"), "{page}");
    }

    #[test]
    fn a_package_without_text_gets_the_standard_one() {
        let bare = Package { licence: Some("Zlib OR MIT".to_owned()), authors: vec!["Ada".to_owned()], ..with("bare", &[]) };
        let remark = with("remark", &[("LICENSE", "MIT or Apache-2.0".to_owned())]);
        let page = render("linux-x64", &[bare, remark]).expect("accepted");
        assert!(page.contains("Licence: Zlib OR MIT\n    Copyright: Ada\n    It brings no licence text"), "{page}");
        assert!(page.contains("Copyright: the authors of remark, whom"), "{page}");
        assert!(page.contains("Texts: LICENSE [2], the standard text of MIT [1]"), "{page}");
        assert!(page.contains("\n[1] the standard text of MIT, for bare, remark\n"), "{page}");
        assert_eq!(page.matches("Permission is hereby granted, free of charge").count(), 1, "{page}");
    }

    #[test]
    fn who_must_be_told_of_source_is_told() {
        let drawn = Package {
            licence: Some("CDDL-1.0".to_owned()),
            repository: Some("https://example.com/inferno".to_owned()),
            registry: Some("somewhere.io".to_owned()),
            ..with("inferno", &[("LICENSE", licence("CDDL"))])
        };
        let page = render("linux-x64", &[drawn]).expect("accepted");
        let said = "Registry: somewhere.io, package inferno 1.0.0\n    Repository: https://example.com/inferno\n";
        assert!(page.contains("SOURCE CODE") && page.contains(said), "{page}");
        let page = render("linux-x64", &[with("a", &[])]).expect("accepted");
        assert!(!page.contains("SOURCE CODE"), "{page}");
    }

    #[test]
    fn a_package_that_may_not_be_shipped_makes_no_page() {
        let refused = Package { licence: Some("GPL-3.0-only".to_owned()), ..with("a", &[]) };
        let error = render("linux-x64", &[refused]).expect_err("refused");
        assert!(format!("{error:#}").contains("a 1.0.0: its licence `GPL-3.0-only` is not accepted"), "{error:#}");
    }

    #[test]
    fn copyright_lines_are_told_from_examples() {
        let check = |line: &str, expected: Option<&str>| assert_eq!(copyright_in(line), expected, "{line}");
        check("   Copyright 2014 Paho", Some("Copyright 2014 Paho"));
        check("# Copyright (c) The Rustls Authors", Some("Copyright (c) The Rustls Authors"));
        check("// Copyright 2015-2025 Brian Smith.", Some("Copyright 2015-2025 Brian Smith."));
        check("Copyright © 1991-2019 Unicode, Inc. All rights reserved.", Some("Copyright © 1991-2019 Unicode, Inc. All rights reserved."));
        check("(c) 2020 Ada", Some("(c) 2020 Ada"));
        check("   Copyright [yyyy] [name of copyright owner]", None);
        check("Copyright (c) <year> <copyright holders>", None);
        check("The above copyright notice and this permission notice", None);
        check("(C) 2024 Trifecta Tech Foundation", Some("(C) 2024 Trifecta Tech Foundation"));
        check("(c) You must retain, in the Source form", None);
        check("Copyright Ada 2015", Some("Copyright Ada 2015"));
        check("COPYRIGHT AND PERMISSION NOTICE (ICU 58 and later)", None);
        check("copyright license to reproduce", None);
        check("", None);
    }

    #[test]
    fn long_lines_are_wrapped_between_words() {
        let text = wrapped(&"word ".repeat(60), "  ");
        assert!(text.lines().count() > 1 && text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("  word")), "{text}");
        assert_eq!(wrapped("short", "  "), "short");
    }
}
