//! A report as JSON of the schema `tickmark/load@1`.

use serde_json::{Value, json};

use super::Report;

impl Report {
    /// The report as `tickmark/load@1`, with these percentiles (from 0 to 100), and with `run_notes`, which are sentences about the run as
    /// a whole, behind its own notes. What was loaded (`target`) is for the caller to add.
    ///
    /// # Errors
    /// When it cannot be JSON, which none of its types is known for.
    pub fn json(&self, percentiles: &[f64], run_notes: &[String]) -> serde_json::Result<Value> {
        let percentile = |percent: &f64| {
            json!({
                "percent": percent,
                "latencyMs": self.latency_counts.percentile_ms(*percent),
                "serviceMs": self.service_counts.percentile_ms(*percent),
                "requestsBeyond": self.latency_counts.beyond(*percent),
            })
        };
        let own_notes = self.notes_for(percentiles).into_iter().map(|note| json!(note));
        let run_notes = run_notes.iter().map(|text| json!({ "kind": "run", "text": text }));
        let mut report = serde_json::to_value(self)?;
        report["schema"] = "tickmark/load@1".into();
        report["percentiles"] = percentiles.iter().map(percentile).collect();
        report["notes"] = own_notes.chain(run_notes).collect();
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use crate::distribution::Distribution;
    use crate::report::Report;
    use crate::report::tests::report;
    use serde_json::json;

    #[test]
    fn percentiles_and_notes() {
        let latency_counts = Distribution { counts: vec![(100.0, 900), (2000.0, 90)] };
        let failing = Report { failed: 10, unfinished: 0, latency_counts, ..report() };
        let json = failing.json(&[50.0, 99.0], &["Odd.".to_owned()]).unwrap();
        assert_eq!((&json["schema"], &json["completed"]), (&json!("tickmark/load@1"), &json!(990)));
        let expected = json!([
            { "percent": 50.0, "latencyMs": 0.1, "serviceMs": null, "requestsBeyond": 495 },
            { "percent": 99.0, "latencyMs": 2.0, "serviceMs": null, "requestsBeyond": 9 },
        ]);
        assert_eq!(json["percentiles"], expected);
        let notes = json["notes"].as_array().unwrap();
        assert_eq!(notes[0]["kind"], "failures");
        assert_eq!(notes.last().unwrap(), &json!({ "kind": "run", "text": "Odd." }));
    }
}
