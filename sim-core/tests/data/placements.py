"""Random placement problems with their optimal objectives by HiGHS: makes placements.json.

    python -m venv venv && venv/bin/pip install highspy==1.16.0
    venv/bin/python sim-core/tests/data/placements.py sim-core/tests/data/placements.json

The problem is that of sim-core/src/placement.rs: min sum cost*x + sum activation*y + penalty*left, where each demand's
flows and what is left of it add up to its amount, and the load on each group of servers fits into free + each*y. Where
flows need not be whole, and in relaxations, nothing is left if that can be.
"""

import json
import random
import sys

import highspy


def instance(rng, demands, groups, whole):
    amounts = [rng.randint(1, 12) if whole else round(rng.uniform(0.1, 9.0), 3) for _ in range(demands)]
    servers = []
    for _ in range(groups):
        standing_by = rng.random() < 0.5
        free = 0.0 if standing_by else round(rng.uniform(0.0, 1.5), 3)
        more = rng.randint(1, 4) if standing_by else 0
        servers.append([free, round(rng.uniform(0.3, 1.2), 3), more, round(rng.uniform(1e-4, 5e-3), 6)])
    arcs = []
    for demand in range(demands):
        for group in range(groups):
            if rng.random() < 0.75:
                most = amounts[demand] if rng.random() < 0.8 else rng.randint(1, 4)
                arcs.append([demand, group, round(rng.uniform(1e-4, 3e-3), 6), round(rng.uniform(0.02, 0.3), 3), most])
    return {"amounts": amounts, "servers": servers, "arcs": arcs, "whole": whole}


def penalty(problem):
    dearest = [max([arc[2] for arc in problem["arcs"] if arc[0] == d], default=0.0) for d in range(len(problem["amounts"]))]
    flows = sum(amount * cost for amount, cost in zip(problem["amounts"], dearest))
    total = flows + sum(more * activation for _, _, more, activation in problem["servers"])
    return 2.0 * total if total > 0.0 else 1.0


def optimum(problem, relaxed):
    if relaxed or not problem["whole"]:
        placed = solved(problem, relaxed, leaving=False)
        return solved(problem, relaxed, leaving=True) if placed is None else placed
    return solved(problem, relaxed, leaving=True)


def solved(problem, relaxed, leaving):
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 0.0)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    whole = highspy.HighsVarType.kInteger
    part = highspy.HighsVarType.kContinuous
    kind = whole if problem["whole"] and not relaxed else part
    flows = [
        highs.addVariable(lb=0, ub=min(most, problem["amounts"][d]), obj=cost, type=kind)
        for d, _, cost, _, most in problem["arcs"]
    ]
    on = [
        highs.addVariable(lb=0, ub=more, obj=activation, type=part if relaxed else whole)
        for _, _, more, activation in problem["servers"]
    ]
    most = [amount if leaving else 0 for amount in problem["amounts"]]
    left = [highs.addVariable(lb=0, ub=amount, obj=penalty(problem), type=kind) for amount in most]
    for d, amount in enumerate(problem["amounts"]):
        highs.addConstr(sum([x for x, arc in zip(flows, problem["arcs"]) if arc[0] == d], left[d]) == amount)
    for g, (free, each, _, _) in enumerate(problem["servers"]):
        load = [arc[3] * x for x, arc in zip(flows, problem["arcs"]) if arc[1] == g]
        highs.addConstr(sum(load, -each * on[g]) <= free)
    highs.minimize()
    if not leaving and highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return None
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return highs.getObjectiveValue()


def main():
    rng = random.Random(20)
    shapes = [(2, 2)] * 6 + [(4, 4)] * 8 + [(8, 6)] * 8 + [(12, 12)] * 2
    problems = []
    for k, (demands, groups) in enumerate(shapes):
        problem = instance(rng, demands, groups, k % 2 == 0)
        problem["optimum"] = optimum(problem, relaxed=False)
        problem["relaxation"] = optimum(problem, relaxed=True)
        problems.append(problem)
    with open(sys.argv[1], "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(problem) for problem in problems) + "\n]\n")


if __name__ == "__main__":
    main()
