//! Prices of seconds in short cells, from the interior-point solver.

use good_lp::{
    DualValues, Expression, ProblemVariables, SolutionWithDual, SolverModel, Variable, clarabel, constraint, variable,
};

use super::Program;

#[cfg(test)]
mod tests;

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
    /// The cell of each row, with its seconds.
    cells: Vec<(usize, f64)>,
}

/// The price of a second in each cell [g/s], none below zero; zero where there is room for all who might come.
pub(super) fn prices(program: &Program) -> Result<Vec<f64>, String> {
    let scaled = scale(program);
    let mut prices = vec![0.0; program.cells.len()];
    if scaled.rooms.is_empty() || scaled.groups.is_empty() {
        return Ok(prices);
    }
    for (price, (cell, seconds)) in row_prices(&scaled)?.into_iter().zip(scaled.cells) {
        prices[cell] = price * scaled.scale / seconds;
    }
    Ok(prices)
}

fn scale(program: &Program) -> Scaled {
    let asked = program.asked();
    let mut row_of = vec![None; program.cells.len()];
    let (mut rooms, mut cells) = (Vec::new(), Vec::new());
    for (cell, (&seconds, &room)) in asked.iter().zip(&program.cells).enumerate() {
        if seconds > room && room > 0.0 {
            row_of[cell] = Some(rooms.len());
            rooms.push(1.0);
            cells.push((cell, room));
        }
    }
    let mut groups = Vec::new();
    let mut scale = f64::MIN_POSITIVE;
    for columns in &program.groups {
        let Some(least) = columns.iter().map(|column| column.grams).min_by(f64::total_cmp) else { continue };
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
    Scaled { groups, rooms, scale, cells }
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

fn row_prices(scaled: &Scaled) -> Result<Vec<f64>, String> {
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
    // The solver's sign of a price says on which side its row stands; ours are costs.
    Ok(references.into_iter().map(|row| dual.dual(row).abs()).collect())
}
