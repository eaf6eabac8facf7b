//! A chart of requests: the ratio of each server to that without a jail, with the middle half of the rounds.
//!
//!     cargo run --manifest-path benches/chart/Cargo.toml -- target/bench.tsv docs/benchmarks.svg
#![forbid(unsafe_code)]

use plotters::coord::Shift;
use plotters::prelude::*;
use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Ratios of a server: its name, the median, and the borders of the middle half.
struct Ratio {
    server: String,
    median: f64,
    low: f64,
    high: f64,
}

/// Servers that are measured in one way: `prefork, plain`.
struct Panel {
    name: String,
    ratios: Vec<Ratio>,
}

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let (Some(figures), Some(svg)) = (words.next(), words.next()) else {
        return Err("usage: mod_chroot_chart FIGURES.tsv CHART.svg".into());
    };
    let panels = read_panels(&std::fs::read_to_string(figures)?)?;
    if panels.is_empty() {
        return Err("no figure of requests".into());
    }
    let rows = panels.len().div_ceil(2);
    let root = SVGBackend::new(&svg, (1000, 50 + 280 * rows as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    let title = "Requests per second, relative to the same server without a jail (1.0)";
    let root = root.titled(title, ("sans-serif", 20))?;
    for (area, panel) in root.split_evenly((rows, 2)).iter().zip(&panels) {
        draw_panel(area, panel)?;
    }
    root.present()?;
    Ok(())
}

/// Reads lines such as `requests TAB prefork, plain TAB view TAB 1.01 TAB 0.98 TAB 1.03`; others are left out.
fn read_panels(text: &str) -> Result<Vec<Panel>> {
    let mut panels: Vec<Panel> = Vec::new();
    for line in text.lines() {
        let fields: Vec<_> = line.split('\t').collect();
        let ["requests", name, server, median, low, high] = fields[..] else { continue };
        let (median, low, high) = (median.parse()?, low.parse()?, high.parse()?);
        let ratio = Ratio { server: server.to_owned(), median, low, high };
        match panels.iter_mut().find(|panel| panel.name == name) {
            Some(panel) => panel.ratios.push(ratio),
            None => panels.push(Panel { name: name.to_owned(), ratios: vec![ratio] }),
        }
    }
    Ok(panels)
}

fn draw_panel(area: &DrawingArea<SVGBackend<'_>, Shift>, panel: &Panel) -> Result<()> {
    let count = panel.ratios.len();
    let low = panel.ratios.iter().map(|it| it.low).fold(0.8, f64::min) - 0.02;
    let high = panel.ratios.iter().map(|it| it.high).fold(1.2, f64::max) + 0.02;
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.name, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(25)
        .y_label_area_size(150)
        .build_cartesian_2d(low..high, 0.0..count as f64)?;
    let label = |y: &f64| match panel.ratios.get(count.wrapping_sub(1 + y.floor() as usize)) {
        Some(ratio) if y.fract() > 0.0 => ratio.server.clone(),
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(2 * count + 1)
        .y_label_formatter(&label)
        .x_label_formatter(&|x| format!("{x:.2}"))
        .draw()?;
    let one = [(1.0, 0.0), (1.0, count as f64)];
    chart.draw_series(std::iter::once(PathElement::new(one, BLACK.mix(0.5))))?;
    for (number, ratio) in panel.ratios.iter().rev().enumerate() {
        let y = number as f64 + 0.5;
        // The second server without a jail shows the noise.
        let color =
            if ratio.server.starts_with("no jail") { RGBColor(110, 110, 110) } else { BLUE };
        let half = PathElement::new([(ratio.low, y), (ratio.high, y)], color.stroke_width(3));
        chart.draw_series(std::iter::once(half))?;
        chart.draw_series(std::iter::once(Circle::new((ratio.median, y), 5, color.filled())))?;
    }
    Ok(())
}
