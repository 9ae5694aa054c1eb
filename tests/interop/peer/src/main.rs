//! The Rust peer: the same types, read and written by serde, serde_json and chrono.
//!
//! `peer` reads messages from standard input: `TYPE LENGTH`, a newline, and a message of LENGTH bytes. For each, it
//! writes one line to standard output, with tabs between its parts: `accepted`, the value as serde_json writes it, and
//! the same with timestamps cut to the microsecond; or `rejected` and the error; or `error`, if there is no such type.
//!
//! `peer DIRECTORY` writes the sample messages.
//!
//! `peer TYPE COUNT` parses the message in standard input COUNT times, writes its value COUNT times, and prints how many
//! seconds one parsing and one writing took.

use std::io::{self, BufRead, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{any, env, fs};

use chrono::{DateTime, Timelike, Utc};
use serde::{de::DeserializeOwned, Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct NodeInfo {
    pub node_id: String,
    pub hostname: String,
    pub endpoint: String,
    pub pools: Vec<String>,
    pub capabilities: NodeCapabilities,
    pub registered_at: DateTime<Utc>,
    pub last_heartbeat: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
pub struct NodeCapabilities {
    pub gpus: Vec<GpuInfo>,
    pub cpu_cores: Option<usize>,
    pub ram_total_bytes: Option<u64>,
}

#[derive(Serialize, Deserialize)]
pub struct GpuInfo {
    pub device_id: usize,
    pub name: String,
    pub vram_total_mb: u64,
    pub cuda_compute_capability: String,
}

#[derive(Serialize, Deserialize)]
pub struct HealthStatus {
    pub state: HealthState,
    pub slots_total: usize,
    pub slots_free: usize,
    pub last_check: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
pub enum HealthState {
    Initializing, // Pool starting up
    Ready,        // Pool accepting requests
    Draining,     // Pool finishing existing requests
    Failed,       // Pool unhealthy
    Offline,      // Pool stopped
}

#[derive(Serialize, Deserialize)]
pub struct PoolSnapshot {
    pub pool_id: String,
    pub node_id: String,
    pub health: HealthStatus,
    pub model: Option<String>,
}

// The crate names the next three, but not their fields.

#[derive(Serialize, Deserialize)]
pub struct GpuCapabilities {
    pub gpu_count: usize,
    pub total_vram_mb: u64,
    pub cuda_version: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub struct PoolMetadata {
    pub pool_id: String,
    pub node_id: Option<String>,
    pub engine: Option<String>,
    pub engine_version: Option<String>,
    pub device_mask: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub enum NodeStatus {
    Registering,
    Online,
    Draining,
    Offline,
    Failed,
}

/// Cut the timestamps in a value to the microsecond, as a reader without nanoseconds does.
trait Cut {
    fn cut(&mut self) {}
}

impl Cut for GpuInfo {}
impl Cut for GpuCapabilities {}
impl Cut for NodeCapabilities {}
impl Cut for PoolMetadata {}

impl Cut for DateTime<Utc> {
    fn cut(&mut self) {
        *self = self.with_nanosecond(self.nanosecond() / 1000 * 1000).unwrap();
    }
}

impl Cut for NodeInfo {
    fn cut(&mut self) {
        self.registered_at.cut();
        self.last_heartbeat.cut();
    }
}

impl Cut for HealthStatus {
    fn cut(&mut self) {
        self.last_check.cut();
    }
}

impl Cut for PoolSnapshot {
    fn cut(&mut self) {
        self.health.cut();
    }
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => respond_to_all(&mut io::stdin().lock(), &mut io::stdout().lock()),
        [directory] => write_samples(Path::new(directory)),
        ["NodeInfo", count] => time::<NodeInfo>(count.parse().expect("COUNT")),
        ["PoolSnapshot", count] => time::<PoolSnapshot>(count.parse().expect("COUNT")),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "usage: peer [DIRECTORY | TYPE COUNT]")),
    }
}

fn time<T: DeserializeOwned + Serialize>(count: u32) -> io::Result<()> {
    let mut message = Vec::new();
    io::stdin().read_to_end(&mut message)?;
    let value = serde_json::from_slice::<T>(&message)?;
    let read = each(count, || serde_json::from_slice::<T>(&message).is_ok());
    let write = each(count, || serde_json::to_string(&value).is_ok());
    println!("{} {}", read.as_secs_f64(), write.as_secs_f64());
    Ok(())
}

fn each(count: u32, succeeds: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    assert!((0..count).all(|_| succeeds()));
    start.elapsed() / count
}

fn respond_to_all(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let mut header = String::new();
    while input.read_line(&mut header)? > 0 {
        let (name, length) = header.trim_end().split_once(' ').expect("TYPE LENGTH");
        let mut message = vec![0; length.parse().expect("LENGTH in bytes")];
        input.read_exact(&mut message)?;
        let response = match name {
            "GpuInfo" => respond::<GpuInfo>(&message),
            "GpuCapabilities" => respond::<GpuCapabilities>(&message),
            "NodeCapabilities" => respond::<NodeCapabilities>(&message),
            "NodeInfo" => respond::<NodeInfo>(&message),
            "HealthStatus" => respond::<HealthStatus>(&message),
            "PoolSnapshot" => respond::<PoolSnapshot>(&message),
            "PoolMetadata" => respond::<PoolMetadata>(&message),
            _ => format!("error\tno type {name}"),
        };
        writeln!(output, "{response}")?;
        output.flush()?;
        header.clear();
    }
    Ok(())
}

fn respond<T: Cut + DeserializeOwned + Serialize>(message: &[u8]) -> String {
    match serde_json::from_slice::<T>(message) {
        Ok(mut value) => {
            let written = json(&value);
            value.cut();
            format!("accepted\t{written}\t{}", json(&value))
        }
        Err(error) => format!("rejected\t{:?}", error.to_string()),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

const MAX: usize = usize::MAX;
const ASTRAL: &str = "é\u{2028}\u{2029}\u{feff}\u{ffff}💡\u{10ffff}";

fn write_samples(to: &Path) -> io::Result<()> {
    sample(to, "rtx-4090", &gpu(0))?;
    sample(to, "zero", &GpuInfo { vram_total_mb: 0, ..named_gpu("") })?;
    sample(to, "max", &GpuInfo { device_id: MAX, vram_total_mb: u64::MAX, ..gpu(0) })?;
    sample(to, "controls", &named_gpu(&controls()))?;
    sample(to, "astral", &named_gpu(ASTRAL))?;

    sample(to, "cuda", &gpu_capabilities(2, 48_000, Some("12.1")))?;
    sample(to, "no-cuda", &gpu_capabilities(0, 0, None))?;
    sample(to, "max", &gpu_capabilities(MAX, u64::MAX, Some("")))?;

    sample(to, "two-gpus", &capabilities(vec![gpu(0), gpu(1)], Some(16), Some(64_000_000_000)))?;
    sample(to, "nothing", &capabilities(vec![], None, None))?;
    sample(to, "zero", &capabilities(vec![], Some(0), Some(0)))?;
    sample(to, "max", &capabilities(vec![gpu(MAX)], Some(MAX), Some(u64::MAX)))?;

    let [registered, heartbeat] = ["2025-10-01T08:51:30Z", "2025-10-01T08:52:00.123456Z"];
    sample(to, "two-gpus", &node(&["pool-0", "pool-1"], registered, heartbeat))?;
    sample(to, "no-pools", &node(&[], registered, heartbeat))?;
    sample(to, "texts", &node(&["", &controls(), ASTRAL], registered, heartbeat))?;
    sample(to, "years", &node(&["pool-0"], "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"))?;
    let mut relayed = node(&["pool-0"], "2025-10-01T08:51:30.123456789Z", "2025-10-01T08:52:00.000000999Z");
    sample(to, "nanoseconds", &relayed)?;
    relayed.cut();
    sample(to, "nanoseconds-cut", &relayed)?;

    sample(to, "initializing", &health(HealthState::Initializing, 0, "2025-10-01T08:51:30Z"))?;
    sample(to, "ready", &health(HealthState::Ready, 2, "2025-10-01T08:51:30Z"))?;
    sample(to, "draining", &health(HealthState::Draining, 4, "2025-10-01T08:51:30Z"))?;
    sample(to, "failed", &health(HealthState::Failed, 0, "2025-10-01T08:51:30Z"))?;
    sample(to, "offline", &health(HealthState::Offline, 0, "2025-10-01T08:51:30Z"))?;
    sample(to, "max", &health(HealthState::Ready, MAX, "2025-10-01T08:51:30Z"))?;
    for (case, check) in [
        ("fraction-0", "2025-10-01T08:51:30.000Z"),
        ("fraction-3", "2025-10-01T08:51:30.120Z"),
        ("fraction-6", "2025-10-01T08:51:30.123456Z"),
        ("fraction-6-small", "2025-10-01T08:51:30.000001Z"),
        ("leap-day", "2024-02-29T23:59:59Z"),
        ("year-1", "0001-01-01T00:00:00.001Z"),
        ("year-999", "0999-12-31T23:59:59Z"),
        ("year-9999", "9999-12-31T23:59:59.999Z"),
    ] {
        sample(to, case, &health(HealthState::Ready, 2, check))?;
    }
    for (case, check) in [
        ("nanoseconds", "2025-10-01T08:51:30.123456789Z"),
        ("nanoseconds-to-3", "2025-10-01T08:51:30.123000789Z"),
        ("nanoseconds-to-0", "2025-10-01T08:51:30.000000999Z"),
    ] {
        let mut checked = health(HealthState::Ready, 2, check);
        sample(to, case, &checked)?;
        checked.cut();
        sample(to, &format!("{case}-cut"), &checked)?;
    }

    sample(to, "ready", &snapshot(HealthState::Ready, Some("llama-3.1-8b-instruct")))?;
    sample(to, "no-model", &snapshot(HealthState::Initializing, None))?;
    sample(to, "empty-model", &snapshot(HealthState::Draining, Some("")))?;
    sample(to, "astral", &snapshot(HealthState::Ready, Some(ASTRAL)))?;

    sample(to, "full", &metadata(["gpu-node-1", "llamacpp", "b3600", "GPU0,GPU1"].map(Some)))?;
    sample(to, "nothing", &metadata([None; 4]))?;
    sample(to, "texts", &metadata([Some(""), Some(&controls()), Some(ASTRAL), None]))?;

    sample(to, "registering", &NodeStatus::Registering)?;
    sample(to, "online", &NodeStatus::Online)?;
    sample(to, "draining", &NodeStatus::Draining)?;
    sample(to, "offline", &NodeStatus::Offline)?;
    sample(to, "failed", &NodeStatus::Failed)
}

fn sample<T: Serialize>(directory: &Path, case: &str, value: &T) -> io::Result<()> {
    let type_name = any::type_name::<T>().rsplit("::").next().unwrap();
    fs::write(directory.join(format!("{type_name}-{case}.json")), json(value))
}

fn controls() -> String {
    (0..0x20).chain([b'"', b'\\', b'/', 0x7f, 0x80]).map(char::from).collect()
}

fn at(timestamp: &str) -> DateTime<Utc> {
    timestamp.parse().unwrap()
}

fn text(value: Option<&str>) -> Option<String> {
    value.map(str::to_string)
}

fn gpu(device_id: usize) -> GpuInfo {
    GpuInfo {
        device_id,
        name: "NVIDIA RTX 4090".to_string(),
        vram_total_mb: 24_000,
        cuda_compute_capability: "8.9".to_string(),
    }
}

fn named_gpu(name: &str) -> GpuInfo {
    GpuInfo { name: name.to_string(), cuda_compute_capability: name.to_string(), ..gpu(0) }
}

fn gpu_capabilities(gpu_count: usize, total_vram_mb: u64, cuda_version: Option<&str>) -> GpuCapabilities {
    GpuCapabilities { gpu_count, total_vram_mb, cuda_version: text(cuda_version) }
}

fn capabilities(gpus: Vec<GpuInfo>, cpu_cores: Option<usize>, ram_total_bytes: Option<u64>) -> NodeCapabilities {
    NodeCapabilities { gpus, cpu_cores, ram_total_bytes }
}

fn node(pools: &[&str], registered_at: &str, last_heartbeat: &str) -> NodeInfo {
    NodeInfo {
        node_id: "gpu-node-1".to_string(),
        hostname: "machine-alpha".to_string(),
        endpoint: "http://192.168.1.100:9200".to_string(),
        pools: pools.iter().map(|pool| pool.to_string()).collect(),
        capabilities: capabilities(vec![gpu(0), gpu(1)], Some(16), Some(64_000_000_000)),
        registered_at: at(registered_at),
        last_heartbeat: at(last_heartbeat),
    }
}

fn health(state: HealthState, slots_free: usize, last_check: &str) -> HealthStatus {
    HealthStatus { state, slots_total: slots_free.max(4), slots_free, last_check: at(last_check) }
}

fn snapshot(state: HealthState, model: Option<&str>) -> PoolSnapshot {
    PoolSnapshot {
        pool_id: "pool-0".to_string(),
        node_id: "gpu-node-1".to_string(),
        health: health(state, 3, "2025-10-01T08:51:30.120Z"),
        model: text(model),
    }
}

fn metadata([node_id, engine, engine_version, device_mask]: [Option<&str>; 4]) -> PoolMetadata {
    PoolMetadata {
        pool_id: "pool-0".to_string(),
        node_id: text(node_id),
        engine: text(engine),
        engine_version: text(engine_version),
        device_mask: text(device_mask),
    }
}
