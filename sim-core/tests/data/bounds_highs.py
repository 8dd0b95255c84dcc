"""Makes bounds_highs.json: random capacity programs with their optima by HiGHS.

    python -m venv venv && venv/bin/pip install highspy numpy
    venv/bin/python sim-core/tests/data/bounds_highs.py sim-core/tests/data/bounds_highs.json

A program is what src/bounds/program.rs describes: groups whose shares over columns (cell, grams, seconds) sum to 1,
cells with room in seconds. The last has more columns than the simplex method is given.
"""

import json
import random
import sys

import highspy


def drawn(rng, low, high):
    return round(rng.uniform(low, high), 3)


def program(rng, groups, cells, columns):
    room = [drawn(rng, 1.0, 4.0) for _ in range(cells)]
    made = []
    for _ in range(groups):
        size = drawn(rng, 0.2, 2.0)
        chosen = rng.sample(range(cells), min(columns, cells - 1))
        # The last cell has room for all, so that every program has a solution.
        made.append([[cell, drawn(rng, 1.0, 9.0), round(size * drawn(rng, 0.5, 1.5), 4)] for cell in chosen if cell != cells - 1])
        made[-1].append([cells - 1, drawn(rng, 8.0, 20.0), size])
    room[-1] = 10.0 * groups
    return room, made


def optimum(room, groups):
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("primal_feasibility_tolerance", 1e-10)
    solver.setOptionValue("dual_feasibility_tolerance", 1e-10)
    inf = highspy.kHighsInf
    columns = [(g, column) for g, group in enumerate(groups) for column in group]
    for _, (_, grams, _) in columns:
        solver.addCol(grams, 0.0, inf, 0, [], [])
    for g in range(len(groups)):
        mine = [k for k, (owner, _) in enumerate(columns) if owner == g]
        solver.addRow(1.0, 1.0, len(mine), mine, [1.0] * len(mine))
    for cell, seconds in enumerate(room):
        mine = [(k, column[2]) for k, (_, column) in enumerate(columns) if column[0] == cell]
        if mine:
            solver.addRow(-inf, seconds, len(mine), [k for k, _ in mine], [used for _, used in mine])
    solver.run()
    return solver.getInfo().objective_function_value


def main():
    rng = random.Random(2026)
    sizes = [(3, 3, 2), (8, 5, 4), (20, 6, 5), (40, 12, 9), (50, 16, 12)]
    found = []
    for size in sizes:
        room, groups = program(rng, *size)
        found.append({"room": room, "groups": groups, "optimum": optimum(room, groups)})
    made = {"made_by": "bounds_highs.py, highspy " + highspy.Highs().version(), "programs": found}
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write(json.dumps(made) + "\n")


main()
