//! Times the arrivals of a scenario apart from its run: `cargo run --release --example arrivals [scenario] [requests]`.

use std::time::Instant;

use scenarios::load::Loaded;
use sim_core::arrival::ArrivalSource;
use sim_core::kernel::rng::Streams;

fn main() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "million-day".into());
    let wanted = args.next().map_or(Ok(10_000_000), |text| text.parse()).map_err(|error| format!("{error}"))?;
    let started = Instant::now();
    let experiment = Loaded::find(&name)?.experiment(&[]).map_err(|refused| refused.render())?;
    println!("{name}: loaded in {:.2} s", started.elapsed().as_secs_f64());
    let started = Instant::now();
    let mut source = experiment.workload.open(Streams::new(experiment.seed, 0)).map_err(|error| error.to_string())?;
    println!("sources opened in {:.2} s", started.elapsed().as_secs_f64());
    let started = Instant::now();
    // The sum is of everything drawn: two programs that print the same one made the same requests.
    let (mut drawn, mut sum) = (0u64, 0u64);
    while drawn < wanted {
        let Some(arrival) = source.peek().and_then(|_| source.next()) else { break };
        let words = [
            arrival.at.0,
            u64::from(arrival.origin.0),
            u64::from(arrival.model.0),
            u64::from(arrival.class.0),
            arrival.work.to_bits(),
        ];
        sum = words.iter().fold(sum, |sum, word| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7));
        drawn += 1;
    }
    let nanos = started.elapsed().as_nanos() as f64 / drawn.max(1) as f64;
    println!("{drawn} requests in {nanos:.1} ns each, checksum {sum:016x}");
    Ok(())
}
