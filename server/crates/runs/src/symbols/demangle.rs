//! Names of C++ and Rust functions, as far as possible in the words of `nm -C`.

/// The name of a function; the symbol itself when it is not mangled.
pub(super) fn demangle(symbol: &str) -> String {
    // Versions of dynamic symbols stand behind an `@`.
    let (mangled, version) = symbol.find('@').map_or((symbol, ""), |at| symbol.split_at(at));
    if !is_mangled(mangled) {
        return symbol.to_owned();
    }
    if let Ok(name) = rustc_demangle::try_demangle(mangled) {
        return format!("{name:#}{version}");
    }
    let Some(name) = cpp_demangle::Symbol::new(mangled).ok().and_then(|parsed| parsed.demangle().ok()) else {
        return symbol.to_owned();
    };
    thunk(&name).unwrap_or(name) + version
}

/// Whether a symbol may be mangled.
pub(super) fn is_mangled(symbol: &str) -> bool {
    symbol.starts_with("_Z") || symbol.starts_with("_R")
}

/// `{virtual override thunk({offset(-8)}, f())}` in the words of binutils.
fn thunk(name: &str) -> Option<String> {
    let rest = name.strip_prefix("{virtual override thunk({")?.strip_suffix(")}")?;
    let (offset, function) = rest.split_once("}, ")?;
    let what = if offset.starts_with("virtual") { "virtual thunk to" } else { "non-virtual thunk to" };
    Some(format!("{what} {function}"))
}

#[cfg(test)]
mod tests {
    use super::demangle;

    #[test]
    fn names() {
        fn check(symbol: &str, expected: &str) {
            assert_eq!(demangle(symbol), expected, "{symbol}");
        }
        check("_IO_fwrite@@GLIBC_2.2.5", "_IO_fwrite@@GLIBC_2.2.5");
        check("_ZN2v88internal4Heap14CollectGarbageEv", "v8::internal::Heap::CollectGarbage()");
        check("_ZNSo6sentryC1ERSo@@GLIBCXX_3.4", "std::ostream::sentry::sentry(std::ostream&)@@GLIBCXX_3.4");
        check("_ZThn72_N4node7ReqWrapI12uv_connect_sE6CancelEv", "non-virtual thunk to node::ReqWrap<uv_connect_s>::Cancel()");
        check("_ZN3std4sync9once_lock17OnceLock$LT$T$GT$10initialize17hef9e9dc46f0a6108E", "std::sync::once_lock::OnceLock<T>::initialize");
        check("_Znonsense", "_Znonsense");
    }
}
