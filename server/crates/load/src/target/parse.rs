use std::net::Ipv6Addr;

use super::percent::{decode, encode_path};
use super::{Target, TargetError};

pub(super) fn default_port(is_tls: bool) -> u16 {
    if is_tls { 443 } else { 80 }
}

pub(super) fn parse(url: &str) -> Result<Target, TargetError> {
    let scheme = || TargetError::Scheme { url: url.into() };
    let (name, rest) = url.split_once("://").ok_or_else(scheme)?;
    let is_tls = match name.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        "http+unix" => return parse_unix(url, rest),
        _ => return Err(scheme()),
    };
    let invalid = |problem: String| TargetError::Invalid { url: url.into(), problem };
    let (authority, path) = split(rest);
    let (host, port) = host_and_port(authority).map_err(invalid)?;
    let path = encode_path(path);
    let target = Target { is_tls, host, port: port.unwrap_or(default_port(is_tls)), path, unix_socket: None };
    if is_tls {
        target.server_name()?;
    }
    Ok(target)
}

fn parse_unix(url: &str, rest: &str) -> Result<Target, TargetError> {
    let invalid = |problem: &str| TargetError::Invalid { url: url.into(), problem: problem.into() };
    let (socket, path) = split(rest);
    let socket = decode(socket).ok_or_else(|| invalid("the path of the socket is not percent-encoded: write / as %2F and % as %25"))?;
    if socket.is_empty() {
        return Err(invalid(
            "the path of the socket is missing: write it in place of the host with / as %2F, as in http+unix://%2Ftmp%2Fapp.sock/",
        ));
    }
    Ok(Target { is_tls: false, host: "localhost".into(), port: 80, path: encode_path(path), unix_socket: Some(socket.into()) })
}

/// Authority, and path with query; the fragment is left out. A `#` within a placeholder begins none.
fn split(rest: &str) -> (&str, &str) {
    let is_in_placeholder = |at: usize| rest[..at].rfind("{{") > rest[..at].rfind("}}") && rest[at..].contains("}}");
    let fragment = rest.match_indices('#').map(|(at, _)| at).find(|at| !is_in_placeholder(*at));
    let rest = &rest[..fragment.unwrap_or(rest.len())];
    rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()))
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), String> {
    if authority.contains('@') {
        return Err("credentials in the address are not sent: give them as a header, authorization: Basic …".into());
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, port) = bracketed.split_once(']').ok_or("the ] of the IPv6 address is missing")?;
            if host.contains('%') {
                return Err("IPv6 addresses with a zone (%) are not supported: use one without".into());
            }
            let host = host.parse::<Ipv6Addr>().map_err(|_| "what is in [ ] is not an IPv6 address")?;
            (host.to_string(), port)
        }
        None => {
            if authority.parse::<Ipv6Addr>().is_ok_and(|_| authority.contains(':')) {
                return Err(format!("an IPv6 address stands in brackets: [{authority}]"));
            }
            let end = authority.find(':').unwrap_or(authority.len());
            let (host, port) = authority.split_at(end);
            check_host(host)?;
            (host.to_ascii_lowercase(), port)
        }
    };
    let is_port = |port: &&str| port.bytes().all(|byte| byte.is_ascii_digit());
    let number = |port: &str| Some(port).filter(is_port)?.parse().ok().filter(|port| *port != 0);
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok((host, None)),
        None => Err("there is something between the host and the port".into()),
        Some(port) => number(port).map(|port| (host, Some(port))).ok_or_else(|| "the port is not a number from 1 to 65535".into()),
    }
}

/// Whether this is a name, or an IPv4 address.
pub(super) fn check_host(host: &str) -> Result<(), String> {
    if host.is_empty() {
        return Err("the host is missing, as in http://localhost:3000/".into());
    }
    if !host.is_ascii() {
        return Err(format!("the host {host} has letters beyond ASCII: write its ASCII form, which begins with xn--"));
    }
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    match host.chars().find(|c| !is_legal(*c)) {
        None => Ok(()),
        Some(_) if host.contains("{{") => Err("a host cannot hold placeholders: there is one server".into()),
        Some(illegal) => Err(format!("the host cannot hold {illegal:?}: write a name or an address, as in http://localhost:3000/")),
    }
}

pub(super) fn scheme_hint(url: &str) -> &'static str {
    if url.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("unix:")) {
        ": write a Unix socket as http+unix://%2Ftmp%2Fapp.sock/path"
    } else if url.contains("://") {
        ""
    } else {
        ", as in http://localhost:3000/"
    }
}
