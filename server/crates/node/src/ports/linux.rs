//! Listening sockets from procfs; formats from proc_pid_net(5) and the kernel's
//! net/ipv4/tcp_ipv4.c, net/unix/af_unix.c.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use super::{Holder, Listening};

/// What any of the processes listens on.
pub(super) fn listening(pids: &[u32]) -> Listening {
    let mut ports = BTreeSet::new();
    let mut unix_sockets = BTreeSet::new();
    for &pid in pids {
        let inodes = socket_inodes(pid);
        if inodes.is_empty() {
            continue;
        }
        ports.extend(tcp(pid).into_iter().filter(|(_, inode)| inodes.contains(inode)).map(|(address, _)| address));
        if let Ok(text) = fs::read_to_string(format!("/proc/{pid}/net/unix")) {
            unix_sockets.extend(text.lines().filter_map(parse_unix).filter(|(_, inode)| inodes.contains(inode)).map(|(path, _)| path));
        }
    }
    Listening { ports: ports.into_iter().collect(), unix_sockets: unix_sockets.into_iter().collect() }
}

/// Who listens on the port, among the processes whose files we may see.
pub(super) fn holder(port: u16) -> Option<Holder> {
    let wanted: HashSet<u64> =
        tcp(std::process::id()).into_iter().filter(|(address, _)| address.port() == port).map(|(_, inode)| inode).collect();
    let pids = fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut pids: Vec<u32> = pids.collect();
    // The oldest is the parent of a cluster.
    pids.sort_unstable();
    let pid = pids.into_iter().find(|&pid| !socket_inodes(pid).is_disjoint(&wanted))?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(Holder { pid, name: name.trim().to_owned() })
}

/// Listening TCP sockets in the network namespace of `pid`, with their inodes.
fn tcp(pid: u32) -> Vec<(SocketAddr, u64)> {
    ["tcp", "tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(format!("/proc/{pid}/net/{table}")).ok())
        .flat_map(|text| text.lines().filter_map(parse_tcp).collect::<Vec<_>>())
        .collect()
}

fn socket_inodes(pid: u32) -> HashSet<u64> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { return HashSet::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let link = fs::read_link(entry.path()).ok()?;
            link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
        })
        .collect()
}

/// One line of `net/tcp` or `net/tcp6`, if it is a listening socket (state 0A).
fn parse_tcp(line: &str) -> Option<(SocketAddr, u64)> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    if *fields.get(3)? != "0A" {
        return None;
    }
    let (ip, port) = fields.get(1)?.split_once(':')?;
    // Each 32-bit group is the network-order word printed as a number of the host.
    let mut bytes = Vec::with_capacity(16);
    for at in (0..ip.len()).step_by(8) {
        bytes.extend(u32::from_str_radix(ip.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    }
    let ip = match bytes.len() {
        4 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        _ => return None,
    };
    let port = u16::from_str_radix(port, 16).ok()?;
    Some((SocketAddr::new(ip, port), fields.get(9)?.parse().ok()?))
}

/// One line of `net/unix`, if it is a named listening socket (flag SO_ACCEPTCON).
fn parse_unix(line: &str) -> Option<(PathBuf, u64)> {
    let mut rest = line;
    let mut fields = [""; 7];
    for field in &mut fields {
        rest = rest.trim_start();
        let end = rest.find(' ').unwrap_or(rest.len());
        (*field, rest) = rest.split_at(end);
    }
    let flags = u32::from_str_radix(fields[3], 16).ok()?;
    // The path is the rest of the line and may hold spaces.
    let path = rest.strip_prefix(' ')?;
    (flags & 0x1_0000 != 0 && !path.is_empty()).then_some(())?;
    Some((path.into(), fields[6].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn tcp_lines() {
        let check = |line: &str, expected: Option<(&str, u64)>| {
            assert_eq!(parse_tcp(line), expected.map(|(address, inode)| (address.parse().unwrap(), inode)), "{line}");
        };
        let rest = "00000000:0000 00:00000000 00000000  1000        0 4711 1 0 100 0";
        check(&format!("   0: 0100007F:1F90 00000000:0000 0A {rest}"), Some(("127.0.0.1:8080", 4711)));
        check(
            &format!("   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A {rest}"),
            Some(("[::1]:80", 4711)),
        );
        check(&format!("   0: 0100007F:1F90 0100007F:0050 01 {rest}"), None);
        check("  sl  local_address rem_address   st", None);
    }

    #[test]
    fn unix_lines() {
        let check = |line: &str, expected: Option<(&str, u64)>| {
            assert_eq!(parse_unix(line), expected.map(|(path, inode)| (path.into(), inode)), "{line}");
        };
        check("0000000000000000: 00000002 00000000 00010000 0001 01 4711 /tmp/a b.sock", Some(("/tmp/a b.sock", 4711)));
        check("0000000000000000: 00000002 00000000 00010000 0001 01   12 @abstract", Some(("@abstract", 12)));
        check("0000000000000000: 00000003 00000000 00000000 0001 03 4712 /tmp/x", None);
        check("0000000000000000: 00000003 00000000 00010000 0001 03 4712", None);
        check("Num       RefCount Protocol Flags    Type St Inode Path", None);
    }
}
