//! Tables of latencies: each layout, each thing that may be wrong with one.

use workloads::latency::{Duplicates, Format, Matrix, Options, Unit, Values, read};

fn rtt() -> Options {
    Options { values: Some(Values::Rtt), ..Options::default() }
}

fn told(text: &str, options: &Options) -> String {
    read(text.as_bytes(), "t.csv", options).expect_err("it is wrong").to_string()
}

/// One-way latency in milliseconds.
fn one_way(matrix: &Matrix, from: &str, to: &str) -> Option<f64> {
    let number = |name| matrix.find(name).expect("a place of the table");
    matrix.one_way(number(from), number(to)).map(|latency| latency.as_millis())
}

#[test]
fn the_three_layouts_of_one_table_are_recognised_and_agree() {
    let matrix = "origin,a,b,c\na,1,10,\nb,30,1,5\nc,7,,1\n";
    let pairs = "sending_region,receiving_region,milliseconds\na,a,1\na,b,10\nb,a,30\nb,b,1\nb,c,5\nc,a,7\nc,c,1\n";
    let pings = "\"source\",\"destination\",\"timestamp\",\"min\",\"avg\",\"max\",\"mdev\"\n\
        \"a\",\"a\",\"2020-07-19 00:05:05\",\"0\",\"1\",\"9\",\"1\"\n\
        \"a\",\"b\",\"2020-07-19 00:05:05\",\"0\",\"6\",\"99\",\"1\"\n\
        \"a\",\"b\",\"2020-07-19 01:05:05\",\"0\",\"14\",\"99\",\"1\"\n\
        b,a,x,0,30,99,1\nb,b,x,0,1,9,1\nb,c,x,0,5,9,1\nc,a,x,0,7,9,1\nc,c,x,0,1,9,1\n";
    for (text, format, rows, options) in [
        (matrix, Format::Matrix, 3, rtt()),
        (pairs, Format::Pairs, 7, rtt()),
        (pings, Format::Pings, 8, Options::default()),
    ] {
        let table = read(text.as_bytes(), "t.csv", &options).expect("it is right");
        assert_eq!((table.format(), table.rows(), table.names().len(), table.pairs().len()), (format, rows, 3, 7));
        assert_eq!((one_way(&table, "a", "b"), one_way(&table, "b", "a")), (Some(5.0), Some(15.0)), "{format:?}");
        assert_eq!((one_way(&table, "a", "c"), one_way(&table, "c", "b")), (None, None), "{format:?}");
    }
}

#[test]
fn one_way_values_are_not_halved_and_units_are_kept() {
    let text = "from,to,t\na,b,0.25\n";
    for (unit, millis) in [(Unit::Milliseconds, 0.25), (Unit::Microseconds, 0.00025), (Unit::Seconds, 250.0)] {
        let options =
            Options { values: Some(Values::OneWay), unit, column: Some("t".to_owned()), ..Options::default() };
        let table = read(text.as_bytes(), "t.csv", &options).expect("it is right");
        assert_eq!(one_way(&table, "a", "b"), Some(millis));
    }
}

#[test]
fn a_name_or_pair_that_comes_twice_is_refused_unless_a_policy_is_stated() {
    let matrix = "origin,x,y,x\nx,1,2,3\ny,4,5,6\nx,7,8,9\n";
    let pairs = "from,to,ms\nx,y,2\nx,y,8\n";
    assert_eq!(told(matrix, &rtt()), "t.csv:1: `x` comes twice");
    assert_eq!(told(pairs, &rtt()), "t.csv:3: `x → y` comes twice");
    assert_eq!(told("origin,x,y\nx,1,2\nx,3,4\n", &rtt()), "t.csv:3: `x` comes twice");
    for (duplicates, within, across) in [(Duplicates::First, 0.5, 1.0), (Duplicates::Mean, 2.5, 2.5)] {
        let options = Options { duplicates, ..rtt() };
        let table = read(matrix.as_bytes(), "t.csv", &options).expect("it is stated");
        // Of four values 1, 3, 7, 9 between x and x, of two values 2, 8 from x to y.
        assert_eq!((one_way(&table, "x", "x"), one_way(&table, "x", "y")), (Some(within), Some(across)));
        let table = read(pairs.as_bytes(), "t.csv", &options).expect("it is stated");
        assert_eq!(one_way(&table, "x", "y"), Some(across));
    }
}

#[test]
fn what_is_wrong_with_a_table_is_named_with_line_and_value() {
    let pings = "source,destination,min,avg,max\na,b,1,2,3\n";
    let cases = [
        ("origin,a,b\na,0,-1\nb,1,0\n", rtt(), "t.csv:2: `b` is `-1`, but it must be a latency from zero to an hour"),
        ("origin,a,b\na,0,NaN\n", rtt(), "t.csv:2: `b` is `NaN`, which is not a finite number"),
        ("origin,a,b\na,0,1e300\n", rtt(), "t.csv:2: `b` is `1e300`"),
        ("origin,a,b\nc,0,1\n", rtt(), "t.csv:2: `origin` is `c`, which is unknown; known are `a`, `b`"),
        ("origin,a,\na,0,1\n", rtt(), "t.csv:1: `column 3` is empty"),
        ("origin,a,b\na,,\n", rtt(), "t.csv: 1 rows are too few: 1 are needed"),
        ("from,to,ms\na,,5\n", rtt(), "t.csv:2: `to` is empty"),
        ("from,to,hops\na,b,5\n", rtt(), "t.csv:1: no column `milliseconds`"),
        (
            "from,to,ms\na,b,5\n",
            Options::default(),
            "it is not stated whether the latencies are round trips or one way",
        ),
        (pings, Options { values: Some(Values::OneWay), ..Options::default() }, "pings are round trips"),
        ("{\n\"a\": 1\n", rtt(), "t.csv: not a known format: expected a matrix"),
        ("", rtt(), "t.csv: not a known format"),
    ];
    for (text, options, message) in cases {
        let told = told(text, &options);
        assert!(told.contains(message), "{text:?}: {told}");
    }
}
