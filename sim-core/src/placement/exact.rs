//! The exact solution by branch and bound (microlp), and the linear relaxation by an interior-point method (clarabel).

use good_lp::{
    Constraint, Expression, ProblemVariables, Solution, SolverModel, Variable, VariableDefinition, clarabel, variable,
};
use microlp::SolveOptions;

use super::{Placed, Problem};

/// A problem as the solvers take it: flows, servers turned on, what is left, in this order.
struct Program {
    variables: ProblemVariables,
    objective: Expression,
    rows: Vec<Constraint>,
    flows: Vec<Variable>,
    on: Vec<Variable>,
    left: Vec<Variable>,
}

/// A solution in which servers may be turned on in part: a bound of every whole one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Relaxed {
    /// What is least.
    pub objective: f64,
    flows: Vec<f64>,
    on: Vec<f64>,
}

/// Parts of a server that are rounding errors and no needs.
const PART: f64 = 1e-6;

impl Program {
    /// With whole numbers where the problem asks for them, or without; with something left, or not.
    fn of(problem: &Problem, integer: bool, leaving: bool) -> Self {
        let mut program = Self {
            variables: ProblemVariables::new(),
            objective: Expression::default(),
            rows: Vec::new(),
            flows: Vec::new(),
            on: Vec::new(),
            left: Vec::new(),
        };
        let whole = integer && problem.whole;
        let typed = |definition: VariableDefinition, whole: bool| match whole {
            true => definition.integer(),
            false => definition,
        };
        for arc in &problem.arcs {
            let most = arc.most.min(problem.amounts[arc.demand]);
            let most = if whole { most.floor() } else { most };
            program.flows.push(program.variables.add(typed(variable().min(0.0).max(most), whole)));
        }
        for servers in &problem.servers {
            let definition = variable().min(0.0).max(f64::from(servers.more));
            program.on.push(program.variables.add(typed(definition, integer)));
        }
        for &amount in &problem.amounts {
            let most = if leaving { amount } else { 0.0 };
            program.left.push(program.variables.add(typed(variable().min(0.0).max(most), whole)));
        }
        program.weigh(problem);
        program.bind(problem);
        program
    }

    /// The objective in units of its largest cost, so that the solvers' tolerances mean the same for milligrams.
    fn weigh(&mut self, problem: &Problem) {
        let scale = 1.0 / problem.scale();
        for (arc, &flow) in problem.arcs.iter().zip(&self.flows) {
            self.objective.add_mul(arc.cost * scale, flow);
        }
        for (servers, &on) in problem.servers.iter().zip(&self.on) {
            self.objective.add_mul(servers.activation * scale, on);
        }
        let penalty = problem.penalty() * scale;
        self.left.iter().for_each(|&left| self.objective.add_mul(penalty, left));
    }

    fn bind(&mut self, problem: &Problem) {
        let mut placed: Vec<Expression> = self.left.iter().map(|&left| left.into()).collect();
        let mut loads: Vec<Expression> = vec![Expression::default(); problem.servers.len()];
        for (arc, &flow) in problem.arcs.iter().zip(&self.flows) {
            placed[arc.demand].add_mul(1.0, flow);
            loads[arc.servers].add_mul(arc.load, flow);
        }
        self.rows.extend(placed.into_iter().zip(&problem.amounts).map(|(placed, &amount)| placed.eq(amount)));
        for ((mut load, servers), &on) in loads.into_iter().zip(&problem.servers).zip(&self.on) {
            load.add_mul(-servers.each, on);
            self.rows.push(load.leq(servers.free));
        }
    }
}

impl Problem {
    fn scale(&self) -> f64 {
        let costs = self.arcs.iter().map(|arc| arc.cost).chain(self.servers.iter().map(|servers| servers.activation));
        let largest = costs.fold(0.0, f64::max);
        if largest > 0.0 { largest } else { 1.0 }
    }

    /// The best solution, or the best that so many nodes come to; `None` where they come to none.
    ///
    /// Of flows that need not be whole a crumb could be left rather than another server turned on, so that something may
    /// be left is tried second.
    pub fn exact(&self, nodes: u64) -> Option<Placed> {
        let all = if self.whole { None } else { self.branch_and_bound(nodes, false) };
        all.or_else(|| self.branch_and_bound(nodes, true))
    }

    fn branch_and_bound(&self, nodes: u64, leaving: bool) -> Option<Placed> {
        let program = Program::of(self, true, leaving);
        let mut model = program.variables.minimise(program.objective).using(good_lp::microlp);
        program.rows.into_iter().for_each(|row| {
            model.add_constraint(row);
        });
        let mut options = SolveOptions::default();
        options.node_limit = Some(nodes);
        // Through the solver itself, as good_lp hands on a limit of time only.
        let solution = model.as_inner().solve_with(options).ok()?.into_solution().ok()?;
        let values: Vec<f64> = solution.iter().map(|(_, value)| value).collect();
        let (flows, rest) = values.split_at(self.arcs.len());
        let on = rest[..self.servers.len()].iter().map(|&on| on.round() as u32).collect();
        Some(self.placed(flows, on))
    }

    /// The linear relaxation.
    pub fn relaxed(&self) -> Option<Relaxed> {
        self.interior_point(false).or_else(|| self.interior_point(true))
    }

    fn interior_point(&self, leaving: bool) -> Option<Relaxed> {
        let program = Program::of(self, false, leaving);
        let mut model = program.variables.minimise(program.objective.clone()).using(clarabel);
        program.rows.into_iter().for_each(|row| {
            model.add_constraint(row);
        });
        let solution = model.solve().ok()?;
        let value = |&variable: &Variable| solution.value(variable).max(0.0);
        Some(Relaxed {
            objective: solution.eval(&program.objective) * self.scale(),
            flows: program.flows.iter().map(value).collect(),
            on: program.on.iter().map(value).collect(),
        })
    }

    /// Flows of a solver, freed of its rounding errors, with what they leave.
    fn placed(&self, flows: &[f64], on: Vec<u32>) -> Placed {
        let mut left = self.amounts.clone();
        let mut clean = Vec::with_capacity(flows.len());
        for (arc, &flow) in self.arcs.iter().zip(flows) {
            let flow = if self.whole { flow.round() } else { flow };
            let flow = if flow <= PART * self.amounts[arc.demand] { 0.0 } else { flow };
            left[arc.demand] -= flow;
            clean.push(flow);
        }
        for (left, amount) in left.iter_mut().zip(&self.amounts) {
            *left = if *left <= PART * amount * self.arcs.len() as f64 { 0.0 } else { *left };
        }
        Placed { flows: clean, on, left }
    }
}

impl Relaxed {
    /// With every server that is turned on in part turned on whole: its flows still fit.
    pub fn turned_on_whole(&self, problem: &Problem) -> Placed {
        let on = self.on.iter().zip(&problem.servers);
        let on = on.map(|(on, servers)| ((on - PART).ceil().max(0.0) as u32).min(servers.more)).collect();
        problem.placed(&self.flows, on)
    }
}
