//! Servers that reset, refuse, say goodbye, end in the middle, or speak something else.

use std::time::Duration;

use h2::Reason;
use http::{Method, Response};
use load::{Bytes, FailureKind, Protocol, Report};

use super::{Call, Http2, all_complete, all_fail, connections, plan, serving};
use crate::support::{Server, run};

#[tokio::test]
async fn a_timeout_resets_the_stream_and_not_the_connection() {
    let server = serving(|mut call| async move {
        if call.number == 0 {
            let reason = std::future::poll_fn(|cx| call.respond.poll_reset(cx)).await.unwrap();
            assert_eq!(reason, Reason::CANCEL);
        } else {
            call.answer(200, "hello");
        }
    });
    let mut plan = plan(&server, 20);
    plan.timeout = Duration::from_millis(300);
    let (report, _) = run(&plan).await;
    assert_eq!((report.completed, report.errors[&FailureKind::Timeout]), (19, 1), "{report:#?}");
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn endless_bodies_end_at_the_limit() {
    let server = serving(|mut call| async move {
        call.stream(usize::MAX).await;
    });
    let mut plan = plan(&server, 3);
    plan.max_body_bytes = 1 << 20;
    all_fail(&plan, FailureKind::BodyTooLarge, "longer than").await;
    assert_eq!(server.accepted(), 1, "the stream is reset, the connection lives");
}

#[tokio::test]
async fn resets_have_a_reason() {
    let server = serving(|mut call| async move { call.respond.send_reset(Reason::INTERNAL_ERROR) });
    let report = all_fail(&plan(&server, 3), FailureKind::Reset, "INTERNAL_ERROR").await;
    assert_eq!((report.failed, report.retried), (3, 0));
    let server = serving(|mut call| async move {
        let mut stream = call.respond.send_response(Response::new(()), false).unwrap();
        stream.send_data(Bytes::from_static(b"hel"), false).unwrap();
        stream.send_reset(Reason::CANCEL);
    });
    let report = all_fail(&plan(&server, 3), FailureKind::Reset, "CANCEL").await;
    assert_eq!(report.failed, 3);
}

#[tokio::test]
async fn refused_streams_are_sent_again_once() {
    // Refuses every third, whatever the method.
    let server = serving(|mut call| async move {
        match call.number % 3 {
            0 => call.respond.send_reset(Reason::REFUSED_STREAM),
            _ => call.answer(200, "hello"),
        }
    });
    let mut patient = plan(&server, 20);
    patient.first_mut().method = Method::POST;
    let report = all_complete(&patient, 20).await;
    assert_eq!(report.retried, 10);
    let server = serving(|mut call| async move { call.respond.send_reset(Reason::REFUSED_STREAM) });
    let report = all_fail(&plan(&server, 3), FailureKind::Reset, "REFUSED_STREAM").await;
    assert_eq!(report.retried, 3);
}

#[tokio::test]
async fn goodbye_after_some_requests() {
    // As servers do that limit the requests of a connection: what they have not taken goes elsewhere.
    let server = connections(|mut connection: Http2| async move {
        let mut number = 0;
        while let Some(Ok((request, respond))) = connection.accept().await {
            Call { number, request, respond }.answer(200, "hello");
            number += 1;
            if number == 10 {
                connection.graceful_shutdown();
            }
        }
    });
    let mut plan = plan(&server, 200);
    plan.in_flight = 5;
    plan.first_mut().method = Method::POST;
    let report = all_complete(&plan, 200).await;
    assert!(server.accepted() >= 10, "{}", server.accepted());
    assert_eq!(report.connects as usize, server.accepted());
}

#[tokio::test]
async fn goodbye_without_processing_anything() {
    let server = connections(|mut connection: Http2| async move {
        if let Some(Ok(_)) = connection.accept().await {
            connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
            let _ = std::future::poll_fn(|cx| connection.poll_closed(cx)).await;
        }
    });
    let (report, error) = run(&plan(&server, 3)).await;
    assert!(error.is_some());
    assert_eq!((report.completed, report.failed), (0, 3), "{report:#?}");
    assert!(report.failures[0].message.contains("ENHANCE_YOUR_CALM"), "{:?}", report.failures);
}

#[tokio::test]
async fn connection_lost_in_the_middle() {
    let server = connections(|mut connection: Http2| async move {
        let mut number = 0;
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            number += 1;
            if number == 5 {
                let mut stream = respond.send_response(Response::new(()), false).unwrap();
                stream.send_data(Bytes::from_static(b"hel"), false).unwrap();
                // Lets these bytes out, and drops the rest with the connection.
                let _ = tokio::time::timeout(Duration::from_millis(20), connection.accept()).await;
                return;
            }
            Call { number, request, respond }.answer(200, "hello");
        }
    });
    let (report, _) = run(&plan(&server, 20)).await;
    assert_eq!((report.completed, report.errors[&FailureKind::Truncated]), (16, 4), "{report:#?}");
    assert!(report.failures[0].message.contains("in the middle of a response"), "{:?}", report.failures);
}

#[tokio::test]
async fn an_idle_connection_that_closes_is_no_failure() {
    let server = connections(|mut connection: Http2| async move {
        let Some(Ok((request, respond))) = connection.accept().await else { return };
        Call { number: 0, request, respond }.answer(200, "hello");
        // Answers once, then closes without a word when the next one comes.
        let _ = connection.accept().await;
    });
    let report = all_complete(&plan(&server, 5), 5).await;
    assert_eq!((server.accepted(), report.retried), (5, 4));
    let mut unsafe_to_repeat = plan(&server, 4);
    unsafe_to_repeat.first_mut().method = Method::POST;
    let (report, _) = run(&unsafe_to_repeat).await;
    assert_eq!((report.completed, report.retried), (2, 0), "{report:#?}");
    closed_or_reset(&report, 2);
}

/// Which of both it is depends on whether the server has read all when it closes.
fn closed_or_reset(report: &Report, failures: u64) {
    let count = |kind| report.errors.get(&kind).copied().unwrap_or_default();
    assert_eq!(count(FailureKind::Closed) + count(FailureKind::Reset), failures, "{report:#?}");
}

#[tokio::test]
async fn servers_that_speak_something_else() {
    let answering = Server::answering("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    let report = all_fail(&plan(&answering, 3), FailureKind::InvalidResponse, "does not speak HTTP/2 but HTTP/1.1").await;
    assert_eq!(report.failed, 3);
    let closing = Server::start(|mut client| async move {
        client.request().await;
    });
    let (report, error) = run(&plan(&closing, 3)).await;
    let message = error.unwrap().to_string();
    assert!(message.contains("may not speak HTTP/2"), "{message}");
    assert_eq!(report.failed, 3);
    closed_or_reset(&report, 3);
    let silent = Server::start(|client| async move { client.gone().await });
    let mut impatient = plan(&silent, 2);
    impatient.timeout = Duration::from_millis(60);
    all_fail(&impatient, FailureKind::ConnectTimeout, "no connection within").await;
}

#[tokio::test]
async fn headers_too_large_to_take() {
    let server = serving(|mut call| async move {
        let mut response = Response::builder();
        for index in 0..100 {
            response = response.header(format!("x-{index}"), "y".repeat(4000));
        }
        call.respond.send_response(response.body(()).unwrap(), true).unwrap();
    });
    let (report, error) = run(&plan(&server, 3)).await;
    assert!(error.is_some());
    assert_eq!(report.errors.get(&FailureKind::InvalidResponse), Some(&3), "{report:#?}");
}

#[tokio::test]
async fn nobody_listens() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let mut plan = crate::support::plan(address, 4);
    plan.protocol = Protocol::Http2;
    plan.connections = 2;
    plan.in_flight = 3;
    let report = all_fail(&plan, FailureKind::Refused, "refused").await;
    assert_eq!(report.failed, 4);
}
