//! Reading one line from left to right.

use memchr::memmem;
use profile::Tier;

/// A function as a trace names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function<'a> {
    /// Address of its SharedFunctionInfo as printed: tagged, one more than what V8's log says.
    pub(super) address: u64,
    /// Its name; empty for an anonymous function.
    pub(super) name: &'a [u8],
    /// Its file, with `--trace-file-names`.
    pub(super) file: Option<&'a [u8]>,
}

/// What of a line is still to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a>(pub(super) &'a [u8]);

impl<'a> Scan<'a> {
    /// Exactly this text.
    pub(super) fn tag(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text.as_bytes())?;
        Some(())
    }

    /// Everything up to this text, which is passed over.
    pub(super) fn until(&mut self, text: &str) -> Option<&'a [u8]> {
        let at = memmem::find(self.0, text.as_bytes())?;
        let before = &self.0[..at];
        self.0 = &self.0[at + text.len()..];
        Some(before)
    }

    /// Everything, if it ends with this text, without it.
    pub(super) fn rest_before(&mut self, text: &str) -> Option<&'a [u8]> {
        let rest = self.0.strip_suffix(text.as_bytes())?;
        self.0 = &[];
        Some(rest)
    }

    /// The end of the line.
    pub(super) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    /// `0x2f` and the like.
    pub(super) fn hex(&mut self) -> Option<u64> {
        self.tag("0x")?;
        let length = self.0.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let digits = std::str::from_utf8(&self.0[..length]).ok()?;
        let number = u64::from_str_radix(digits, 16).ok()?;
        self.0 = &self.0[length..];
        Some(number)
    }

    /// A whole number.
    pub(super) fn number(&mut self) -> Option<u32> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = std::str::from_utf8(&self.0[..length]).ok()?;
        let number = digits.parse().ok()?;
        self.0 = &self.0[length..];
        Some(number)
    }

    /// Milliseconds with decimals, as whole microseconds.
    pub(super) fn milliseconds(&mut self) -> Option<u64> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let ms: f64 = std::str::from_utf8(&self.0[..length]).ok()?.parse().ok()?;
        self.0 = &self.0[length..];
        Some((ms * 1000.0).round() as u64)
    }

    /// `0x10 <JSFunction name (sfi = 0x21)>`, with `--trace-file-names` `0x10 <JSFunction name </file.js> (sfi = 0x21)>`. The last
    /// `(sfi = ` of the line counts: a name may hold anything.
    pub(super) fn js_function(&mut self) -> Option<Function<'a>> {
        self.hex()?;
        self.tag(" <JSFunction")?;
        let at = memmem::rfind(self.0, b" (sfi = 0x")?;
        let label = &self.0[..at];
        self.0 = &self.0[at + " (sfi = ".len()..];
        let address = self.hex()?;
        self.tag(")>")?;
        let label = if label.is_empty() { label } else { label.strip_prefix(b" ")? };
        let (name, file) = name_and_file(label);
        Some(Function { address, name, file })
    }

    /// `0x21 <SharedFunctionInfo name` up to and with `>` and `after`.
    pub(super) fn shared_function(&mut self, after: &str) -> Option<Function<'a>> {
        let address = self.hex()?;
        self.tag(" <SharedFunctionInfo")?;
        let label = if after.is_empty() { self.rest_before(">")? } else { self.label_before(after)? };
        let name = if label.is_empty() { label } else { label.strip_prefix(b" ")? };
        Some(Function { address, name, file: None })
    }

    fn label_before(&mut self, after: &str) -> Option<&'a [u8]> {
        let mut from = 0;
        loop {
            let at = from + memmem::find(&self.0[from..], after.as_bytes())?;
            if at > 0 && self.0[at - 1] == b'>' {
                let label = &self.0[..at - 1];
                self.0 = &self.0[at + after.len()..];
                return Some(label);
            }
            from = at + 1;
        }
    }

    /// `0x7f10 {0x21 <SharedFunctionInfo name>}` up to and with `}` and `after`.
    pub(super) fn handle(&mut self, after: &str) -> Option<Function<'a>> {
        self.hex()?;
        self.tag(" {")?;
        self.shared_function(after)
    }

    /// `TURBOFAN`, `MAGLEV`, or what a later V8 has: then [`Tier::Unknown`].
    pub(super) fn tier(&mut self) -> Option<Tier> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_uppercase() || **byte == b'_').count();
        let tier = match &self.0[..length] {
            b"" => return None,
            b"TURBOFAN" | b"TURBOFAN_JS" => Tier::Turbofan,
            b"MAGLEV" => Tier::Maglev,
            b"BASELINE" => Tier::Sparkplug,
            b"INTERPRETED_FUNCTION" => Tier::Ignition,
            _ => Tier::Unknown,
        };
        self.0 = &self.0[length..];
        Some(tier)
    }
}

/// Divides `name </file.js>`. A name such as `<instance_members_initializer>` is no file.
fn name_and_file(label: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(inside) = label.strip_suffix(b">") else { return (label, None) };
    let (name, file) = match memmem::rfind(inside, b" <") {
        Some(at) => (&inside[..at], &inside[at + 2..]),
        None => match inside.strip_prefix(b"<") {
            Some(file) => (&inside[..0], file),
            None => return (label, None),
        },
    };
    let is_file = file.starts_with(b"node:") || file.iter().any(|byte| matches!(byte, b'/' | b'\\'));
    if is_file { (name, Some(file)) } else { (label, None) }
}

/// `</app/a.js:3:51>` as file, line and column, all of them 1-based.
pub(super) fn place(text: &[u8]) -> Option<(&[u8], u32, u32)> {
    let inside = text.strip_prefix(b"<")?.strip_suffix(b">")?;
    let mut parts = inside.rsplitn(3, |byte| *byte == b':');
    let mut number = || std::str::from_utf8(parts.next()?).ok()?.parse::<u32>().ok().filter(|number| *number > 0);
    let (column, line) = (number()?, number()?);
    Some((parts.next()?, line, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions() {
        fn check(text: &str, expected: Option<(u64, &str, Option<&str>)>) {
            let mut scan = Scan(text.as_bytes());
            let found = scan.js_function();
            let shown = found.map(|function| {
                let text = |bytes| std::str::from_utf8(bytes).unwrap();
                (function.address, text(function.name), function.file.map(text))
            });
            assert_eq!(shown, expected, "{text}");
        }
        check("0x10 <JSFunction warm (sfi = 0x2b)>", Some((0x2b, "warm", None)));
        check("0x10 <JSFunction (sfi = 0x2b)>, opt id", Some((0x2b, "", None)));
        check("0x10 <JSFunction get dbl (sfi = 0x2b)>", Some((0x2b, "get dbl", None)));
        check("0x10 <JSFunction <instance_members_initializer> (sfi = 0x2b)>", Some((0x2b, "<instance_members_initializer>", None)));
        check("0x10 <JSFunction f </a b/c.js> (sfi = 0x2b)>", Some((0x2b, "f", Some("/a b/c.js"))));
        check("0x10 <JSFunction <x> <C:\\c.js> (sfi = 0x2b)>", Some((0x2b, "<x>", Some("C:\\c.js"))));
        check("0x10 <JSFunction </a.js> (sfi = 0x2b)>", Some((0x2b, "", Some("/a.js"))));
        check("0x10 <JSFunction p (sfi = 0x99)> (sfi = 0x2b)>", Some((0x2b, "p (sfi = 0x99)>", None)));
        check("0x10 <JSFunctionwarm (sfi = 0x2b)>", None);
        check("0x10 <JSFunction warm (sfi = 0x)>", None);
        check("0xfffffffffffffffff <JSFunction warm (sfi = 0x1)>", None);
    }

    #[test]
    fn handles() {
        let check = |text: &'static str, name: &str| {
            let mut scan = Scan(text.as_bytes());
            assert_eq!(scan.handle("} for inlining").unwrap().name, name.as_bytes(), "{text}");
            assert_eq!(scan.0, b".");
        };
        check("0x7 {0x2b <SharedFunctionInfo recur>} for inlining.", "recur");
        check("0x7 {0x2b <SharedFunctionInfo>} for inlining.", "");
        check("0x7 {0x2b <SharedFunctionInfo <x>>} for inlining.", "<x>");
        check("0x7 {0x2b <SharedFunctionInfo a} for inlining>} for inlining.", "a} for inlining");
    }

    #[test]
    fn places() {
        assert_eq!(place(b"</app/a.js:3:51>"), Some((b"/app/a.js".as_slice(), 3, 51)));
        assert_eq!(place(b"<node:internal/fs:3:5>"), Some((b"node:internal/fs".as_slice(), 3, 5)));
        assert_eq!(place(b"<C:\\a.js:3:5>"), Some((b"C:\\a.js".as_slice(), 3, 5)));
        assert_eq!(place(b"<a.js:0:5>"), None);
        assert_eq!(place(b"<unknown>"), None);
    }
}
