//! Which licences code may have that is shipped.

use anyhow::{Context, Result, anyhow};
use spdx::{Expression, LicenseReq, Licensee, ParseMode};

use super::Package;

/// Licences that ask for no more than to be shipped with the code, by their SPDX names. Of a choice the first one is taken.
const ACCEPTED: [&str; 12] = [
    "MIT",
    "Apache-2.0",
    "ISC",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "BlueOak-1.0.0",
    "BSL-1.0",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// This file, in messages.
const HERE: &str = "server/xtask/src/notices/policy.rs";

/// A package under a licence that asks for more, and why that is well.
struct Exception {
    package: &'static str,
    licence: &'static str,
    reason: &'static str,
}

/// Both licences are by file: they ask that those who get the program are told where the source of these files can be had, and that
/// changed ones are published. The notices tell it, and nothing is changed.
const EXCEPTIONS: [Exception; 2] = [
    Exception { package: "inferno", licence: "CDDL-1.0", reason: "draws the SVG flamegraph that `report` writes" },
    Exception { package: "option-ext", licence: "MPL-2.0", reason: "`dirs` finds the user's folders with it" },
];

/// Why a package may not be shipped, and what to do.
pub(crate) fn refused(package: &Package) -> Option<String> {
    taken(package)
        .err()
        .map(|error| format!("{error:#}; use another package, or add the licence to {HERE} with the reason why it may be shipped"))
}

/// Packages with an exception that they do not need (any more), and what to do.
pub(crate) fn unneeded(shipped: &[Package]) -> Vec<(&'static str, String)> {
    EXCEPTIONS
        .iter()
        .filter(|exception| !shipped.iter().any(|package| package.name == exception.package && source_is_offered(package).is_some()))
        .map(|exception| (exception.package, format!("is not shipped under {}: remove its exception from {HERE}", exception.licence)))
        .collect()
}

/// The licences that a package is shipped under. Fails if there is none, or one that is not accepted.
pub(super) fn taken(package: &Package) -> Result<Vec<LicenseReq>> {
    let expression = package.licence.as_deref().context("its manifest names no licence")?;
    let parsed = parse(expression)?;
    let excepted = EXCEPTIONS.iter().filter(|exception| exception.package == package.name).map(|exception| exception.licence);
    let accepted: Vec<Licensee> = ACCEPTED.into_iter().chain(excepted).map(Licensee::parse).collect::<Result<_, _>>()?;
    parsed.minimized_requirements(&accepted).map_err(|_| anyhow!("its licence `{expression}` is not accepted"))
}

/// What a package is used for whose licence entitles to the source of its files.
pub(super) fn source_is_offered(package: &Package) -> Option<&'static str> {
    let taken = taken(package).ok()?;
    EXCEPTIONS
        .iter()
        .find(|exception| exception.package == package.name && taken.iter().any(|one| one.to_string() == exception.licence))
        .map(|exception| exception.reason)
}

/// An expression as SPDX writes it, of one with slashes too.
pub(super) fn canonical(expression: &str) -> String {
    Expression::canonicalize(expression).ok().flatten().unwrap_or_else(|| expression.to_owned())
}

fn parse(expression: &str) -> Result<Expression> {
    let mode = ParseMode { allow_slash_as_or_operator: true, allow_deprecated: true, ..ParseMode::STRICT };
    // The parser's own message is an excerpt with a marker, over several lines.
    Expression::parse_mode(expression, mode).map_err(|error| anyhow!("its licence `{expression}` is no SPDX expression ({})", error.reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::tests::package;

    fn named(name: &str, licence: Option<&str>) -> Package {
        Package { name: name.to_owned(), licence: licence.map(str::to_owned), ..package("a") }
    }

    #[test]
    fn of_a_choice_the_first_accepted_licence_is_taken() {
        let check = |expression: &str, expected: &[&str]| {
            let taken = taken(&named("a", Some(expression))).expect("accepted");
            assert_eq!(taken.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{expression}");
        };
        check("MIT", &["MIT"]);
        check("Apache-2.0 OR MIT", &["MIT"]);
        check("Apache-2.0 / MIT", &["MIT"]);
        check("Unlicense/MIT", &["MIT"]);
        check("Zlib OR Apache-2.0", &["Apache-2.0"]);
        check("Apache-2.0 AND ISC", &["Apache-2.0", "ISC"]);
        check("GPL-3.0-only OR MIT", &["MIT"]);
        check("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", &["MIT"]);
        check("GPL-2.0 OR MIT", &["MIT"]);
        check("(MIT OR Apache-2.0) AND Unicode-3.0", &["MIT", "Unicode-3.0"]);
    }

    #[test]
    fn this_file_is_named_as_it_is() {
        assert!(crate::root().expect("the repository").join(HERE).is_file());
    }

    #[test]
    fn others_are_refused_with_the_reason() {
        let check = |name: &str, licence: Option<&str>, expected: &str| {
            let message = refused(&named(name, licence)).expect("refused");
            assert!(message.contains(expected) && message.contains(HERE), "{message}");
        };
        check("a", None, "names no licence");
        check("a", Some("GPL-3.0-only"), "`GPL-3.0-only` is not accepted");
        check("a", Some("MIT AND GPL-3.0-only"), "is not accepted");
        check("a", Some("LGPL-2.1-or-later"), "is not accepted");
        check("a", Some("SEE LICENSE IN LICENSE.txt"), "is no SPDX expression");
        check("a", Some("UNLICENSED"), "is no SPDX expression");
        check("a", Some(""), "is no SPDX expression");
        check("a", Some("CDDL-1.0"), "is not accepted");
        check("inferno", Some("MPL-2.0"), "is not accepted");
        assert_eq!(refused(&named("inferno", Some("CDDL-1.0"))), None);
    }

    #[test]
    fn source_is_offered_where_the_licence_asks_for_it() {
        assert!(source_is_offered(&named("inferno", Some("CDDL-1.0"))).is_some());
        assert!(source_is_offered(&named("option-ext", Some("MPL-2.0"))).is_some());
        // A later version of the package may have another licence.
        assert_eq!(source_is_offered(&named("inferno", Some("CDDL-1.0 OR MIT"))), None);
        assert_eq!(source_is_offered(&named("a", Some("MIT"))), None);
    }

    #[test]
    fn exceptions_that_nobody_needs_are_told() {
        let drawn = named("inferno", Some("CDDL-1.0"));
        let names = |shipped: &[Package]| unneeded(shipped).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(&[drawn.clone(), named("option-ext", Some("MPL-2.0"))]), [] as [&str; 0]);
        assert_eq!(names(&[drawn, named("option-ext", Some("MIT"))]), ["option-ext"]);
        assert_eq!(names(&[]), ["inferno", "option-ext"]);
    }

    #[test]
    fn expressions_are_written_as_spdx_does() {
        assert_eq!(canonical("MIT/Apache-2.0"), "MIT OR Apache-2.0");
        assert_eq!(canonical("Apache-2.0 / MIT"), "Apache-2.0 OR MIT");
        assert_eq!(canonical("MIT OR Apache-2.0"), "MIT OR Apache-2.0");
        assert_eq!(canonical("what is this"), "what is this");
    }
}
