use super::*;

#[test]
fn reads_addresses() {
    let check = |url: &str, expected: &str| {
        let target = Target::parse(url).unwrap();
        assert_eq!(format!("{} {} {}", target.host(), target.port(), target.path()), expected);
        assert_eq!(target.unix_socket(), None);
    };
    check("http://localhost:3000/hello?x=1", "localhost 3000 /hello?x=1");
    check("HTTP://LOCALHOST", "localhost 80 /");
    check("https://localhost", "localhost 443 /");
    check("https://LocalHost:80/", "localhost 80 /");
    check("http://127.0.0.1:8080?q", "127.0.0.1 8080 /?q");
    check("http://[::1]:99/a", "::1 99 /a");
    check("https://[0:0:0::1]", "::1 443 /");
    check("http://localhost:1/a b/é#part", "localhost 1 /a%20b/%C3%A9");
    check("http://localhost:1/a%20b", "localhost 1 /a%20b");
    check("http://localhost:1/{{id}}/{{ full name }}/{a b}", "localhost 1 /{{id}}/{{ full name }}/%7Ba%20b%7D");
    check("http://localhost:1/{{a#b}}/{{c#d", "localhost 1 /{{a#b}}/%7B%7Bc");
    check("http://localhost:1/a@b:c", "localhost 1 /a@b:c");
    check("  http://my_service.internal./ ", "my_service.internal. 80 /");
}

#[test]
fn reads_unix_sockets() {
    let check = |url: &str, socket: &str, path: &str| {
        let target = Target::parse(url).unwrap();
        assert_eq!(target.unix_socket(), Some(Path::new(socket)));
        assert_eq!((target.path(), target.authority().as_str(), target.is_tls()), (path, "localhost", false));
        assert_eq!(Target::parse(&target.to_string()).unwrap(), target);
    };
    check("http+unix://%2Ftmp%2Fapp.sock/path?q", "/tmp/app.sock", "/path?q");
    check("HTTP+UNIX://%2ftmp%2fa%20b%C3%A9%25.sock", "/tmp/a bé%.sock", "/");
    check("http+unix://app.sock", "app.sock", "/");
}

#[test]
fn says_what_is_wrong() {
    let check = |url: &str, part: &str| {
        let message = Target::parse(url).unwrap_err().to_string();
        assert!(message.contains(part) && message.starts_with(url), "{url}: {message}");
    };
    check("localhost:3000", "as in http://");
    check("ftp://localhost", "only http:// and https://");
    check("é", "as in http://");
    check("", "as in http://");
    check("unix:/tmp/app.sock", "http+unix://%2Ftmp%2Fapp.sock/path");
    check("unix:///tmp/app.sock", "http+unix://%2Ftmp%2Fapp.sock/path");
    check("http+unix:///tmp/app.sock", "%2F");
    check("http+unix://%2/", "%2F");
    check("http+unix://%zz/", "%2F");
    check("http+unix://%FF/", "%2F");
    check("http+unix://%+1/", "%2F");
    check("http://", "host is missing");
    check("http:///path", "host is missing");
    check("http://:80/", "host is missing");
    check("http://localhost:0/", "port");
    check("http://localhost:70000/", "port");
    check("http://localhost:/", "port");
    check("http://localhost:+80/", "port");
    check("http://localhost:80:80/", "port");
    check("http://localhost:8{{n}}/", "port");
    check("http://u:p@localhost/", "authorization: Basic");
    check("http://[::1/", "]");
    check("http://[::1]80/", "between");
    check("http://[nonsense]/", "IPv6");
    check("http://[fe80::1%25eth0]/", "zone");
    check("http://::1/", "[::1]");
    check("http://münchen.example/", "xn--");
    check("http://local host/", "' '");
    check("http://local\thost/", "'\\t'");
    check("http://local\\host/", "'\\\\'");
    check("http://{{host}}/", "placeholders");
    check("https://a..b/", "certificate");
}

#[test]
fn displays_what_it_parses() {
    for url in ["http://localhost:3000/a?b=c", "http://[::1]:4000/", "http://a/", "https://a/", "https://a:80/{{n}}"] {
        assert_eq!(Target::parse(url).unwrap().to_string(), url);
    }
    let through = Target::parse("https://a/b").unwrap().with_unix_socket("/tmp/x");
    assert_eq!(through.to_string(), "https://a/b through /tmp/x");
}

#[test]
fn host_header_has_the_port_unless_it_is_usual() {
    let check = |url: &str, expected: &str| assert_eq!(Target::parse(url).unwrap().authority(), expected);
    check("http://a", "a");
    check("http://a:443", "a:443");
    check("https://a:443", "a");
    check("https://a:80", "a:80");
    check("https://[::1]:8443", "[::1]:8443");
}

#[tokio::test]
async fn only_this_machine_unless_allowed() {
    let resolve = async |url: &str, allowed: &[&str]| {
        let allowed: Vec<_> = allowed.iter().map(|host| (*host).to_owned()).collect();
        Target::parse(url).unwrap().resolve(&allowed).await
    };
    for url in ["http://localhost:1", "http://127.9.8.7:1", "https://[::1]:1", "http://[::ffff:127.0.0.1]:1"] {
        assert!(resolve(url, &[]).await.is_ok(), "{url}");
    }
    assert_eq!(resolve("http://0.0.0.0:1", &[]).await.unwrap(), ["127.0.0.1:1".parse().unwrap()]);
    assert_eq!(resolve("http+unix://%2Ftmp%2Fapp.sock", &[]).await.unwrap(), []);
    // Documentation addresses; nothing is sent.
    let remote = resolve("http://192.0.2.1:1", &["192.0.2.2"]).await.unwrap_err();
    assert!(matches!(remote, TargetError::NotLoopback { .. }));
    let message = remote.to_string();
    assert!(
        message.starts_with("192.0.2.1 is not this machine.")
            && message.ends_with("attack on it. If the server is yours, or you may load it, name its host: --allow-host 192.0.2.1"),
        "{message}"
    );
    let named = TargetError::NotLoopback { host: "example.com".into(), address: "192.0.2.1".parse().unwrap() }.to_string();
    assert!(named.starts_with("example.com is 192.0.2.1, which is not this machine."), "{named}");
    assert!(resolve("http://192.0.2.1:1", &["192.0.2.1"]).await.is_ok());
    assert!(resolve("https://[2001:db8::1]:1", &["[2001:DB8::1]"]).await.is_ok());
    let unresolved = resolve("http://nowhere.invalid:1", &[]).await.unwrap_err();
    assert!(matches!(unresolved, TargetError::Unresolved { .. }), "{unresolved}");
}
