//! Solving a reduced program: by a simplex method if it is small, else by prices of a solver and Lagrange's bound.

use good_lp::{
    DualValues, Expression, ProblemVariables, Solution, SolutionWithDual, SolverModel, Variable, clarabel, constraint,
    microlp, variable,
};

use super::Program;
use crate::kernel::sum::Sum;

#[cfg(test)]
mod tests;

/// Programs up to so many columns are solved to a vertex, in milliseconds.
const SMALL: usize = 400;

/// A column: what it emits more than its group's cheapest, and the row with the share of its room that the group takes
/// there; none where there is room for all.
#[derive(Clone, Copy, Debug)]
struct Choice {
    regret: f64,
    short: Option<(usize, f64)>,
}

/// A program in numbers about one: shares of groups, regrets over each group's cheapest column, room in short cells.
struct Scaled {
    /// Columns of each group that has a choice.
    groups: Vec<Vec<Choice>>,
    /// Room of each short cell that groups without a choice leave, as a share of all.
    rooms: Vec<f64>,
    /// Grams of a regret of 1.
    scale: f64,
    /// Emissions without any regret [g].
    base: f64,
}

/// The optimum, or a bound a little below it [g].
pub(super) fn solve(program: &Program) -> Result<f64, String> {
    let scaled = scale(program);
    let columns: usize = scaled.groups.iter().map(Vec::len).sum();
    let regret = match columns {
        _ if scaled.rooms.is_empty() || columns == 0 => 0.0,
        1..=SMALL => vertex(&scaled)?,
        _ => prices(&scaled)?,
    };
    Ok(scaled.base + regret * scaled.scale)
}

fn scale(program: &Program) -> Scaled {
    let asked = program.asked();
    let mut row_of = vec![None; program.cells.len()];
    let mut rooms = Vec::new();
    for (cell, (&seconds, &room)) in asked.iter().zip(&program.cells).enumerate() {
        if seconds > room && room > 0.0 {
            row_of[cell] = Some(rooms.len());
            rooms.push(1.0);
        }
    }
    let mut base = Sum::default();
    base.add(program.fixed);
    let mut groups = Vec::new();
    let mut scale = f64::MIN_POSITIVE;
    for columns in &program.groups {
        let Some(least) = columns.iter().map(|column| column.grams).min_by(f64::total_cmp) else { continue };
        base.add(least);
        let share =
            |column: &super::Column| row_of[column.cell].map(|row| (row, column.seconds / program.cells[column.cell]));
        let choice = |column: &super::Column| Choice { regret: column.grams - least, short: share(column) };
        let scaled: Vec<Choice> = columns.iter().map(choice).collect();
        scale = scaled.iter().map(|column| column.regret).fold(scale, f64::max);
        match scaled[..] {
            [Choice { short: Some((row, share)), .. }] => rooms[row] -= share,
            [Choice { short: None, .. }] => {}
            _ => groups.push(scaled),
        }
    }
    groups.iter_mut().flatten().for_each(|column| column.regret /= scale);
    Scaled { groups, rooms, scale, base: base.value() }
}

/// The program as the solvers take it: variables by group, the objective, the rows.
fn state(scaled: &Scaled) -> (ProblemVariables, Vec<Vec<Variable>>, Expression, Vec<Expression>) {
    let mut variables = ProblemVariables::new();
    let mut objective = Expression::with_capacity(scaled.groups.iter().map(Vec::len).sum());
    let mut rows = vec![Expression::default(); scaled.rooms.len()];
    let mut shares = Vec::new();
    for columns in &scaled.groups {
        let of = variables.add_vector(variable().min(0.0), columns.len());
        for (&share, &Choice { regret, short }) in of.iter().zip(columns) {
            objective.add_mul(regret, share);
            if let Some((row, part)) = short {
                rows[row].add_mul(part, share);
            }
        }
        shares.push(of);
    }
    (variables, shares, objective, rows)
}

fn vertex(scaled: &Scaled) -> Result<f64, String> {
    let (variables, shares, objective, rows) = state(scaled);
    let mut problem = variables.minimise(objective.clone()).using(microlp);
    for of in shares {
        problem.add_constraint(constraint!(of.into_iter().sum::<Expression>() == 1.0));
    }
    for (row, &room) in rows.into_iter().zip(&scaled.rooms) {
        problem.add_constraint(constraint!(row <= room));
    }
    let solution = problem.solve().map_err(|error| format!("the simplex solver failed: {error}"))?;
    Ok(solution.eval(objective).max(0.0))
}

fn prices(scaled: &Scaled) -> Result<f64, String> {
    let (variables, shares, objective, rows) = state(scaled);
    let mut problem = variables.minimise(objective).using(clarabel);
    problem.settings().verbose(false);
    for of in shares {
        problem.add_constraint(constraint!(of.into_iter().sum::<Expression>() == 1.0));
    }
    let add = |(row, &room): (Expression, &f64)| problem.add_constraint(constraint!(row <= room));
    let references: Vec<_> = rows.into_iter().zip(&scaled.rooms).map(add).collect();
    let mut solution = problem.solve().map_err(|error| format!("the interior-point solver failed: {error}"))?;
    let dual = solution.compute_dual();
    let prices: Vec<f64> = references.into_iter().map(|row| dual.dual(row).abs()).collect();
    // No price is a bound too: what each group's cheapest column emits.
    Ok(lagrange(scaled, &prices).max(0.0))
}

/// Lagrange's bound: for any prices ≥ 0 of the rows, no solution has less regret.
fn lagrange(scaled: &Scaled, prices: &[f64]) -> f64 {
    let priced = |column: &Choice| column.regret + column.short.map_or(0.0, |(row, part)| prices[row] * part);
    let mut sum = Sum::default();
    for columns in &scaled.groups {
        sum.add(columns.iter().map(priced).fold(f64::INFINITY, f64::min));
    }
    prices.iter().zip(&scaled.rooms).for_each(|(price, room)| sum.add(-price * room));
    sum.value()
}
