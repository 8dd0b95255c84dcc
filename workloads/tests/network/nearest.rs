//! The nearest measured pair, against a search over all pairs.

use proptest::prelude::*;
use workloads::distance::{Kilometres, Place, great_circle};
use workloads::latency::between::{Between, Gap, Site};
use workloads::latency::places::{self, Places};
use workloads::latency::{Matrix, Options, Values, read};

fn table(text: &str) -> Matrix {
    let options = Options { values: Some(Values::OneWay), ..Options::default() };
    read(text.as_bytes(), "t.csv", &options).expect("a table")
}

fn map(text: &str) -> Places {
    places::read(text.as_bytes(), "p.csv").expect("places")
}

fn at(latitude: f64, longitude: f64) -> Option<Place> {
    Some(Place { latitude, longitude })
}

const NOWHERE: Site<'static> = Site { known_as: None, name: "here", zone: None, place: None };

#[test]
fn a_site_is_found_by_its_given_name_its_own_its_coordinates_its_zone_in_this_order() {
    let matrix = table("from,to,ms\nA,Z,1\nB,Z,2\nC,Z,3\nD,Z,4\nZ,Z,9\n");
    let places = map("id,name,latitude,longitude\nC,Charlie,50,0\nD,Delta,60,0\nZ,Zulu,0,0\n");
    let zulu = Site { name: "Zulu", ..NOWHERE };
    let sites = [
        Site { known_as: Some("A"), name: "B", zone: Some("D"), place: at(50.0, 0.0) },
        Site { name: "B", zone: Some("D"), place: at(50.0, 0.0), ..NOWHERE },
        Site { zone: Some("D"), place: at(50.1, 0.0), ..NOWHERE },
        Site { zone: Some("D"), place: at(30.0, 0.0), ..NOWHERE },
        Site { zone: Some("D"), ..NOWHERE },
        Site { known_as: Some("Charlie"), ..NOWHERE },
        zulu,
    ];
    let between = Between::new(&matrix, &places, &sites, Kilometres(500.0));
    let millis = |site| between.one_way(site, 6).expect("it is known").as_millis();
    assert_eq!((0..7).map(millis).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0, 4.0, 3.0, 9.0]);
    assert!(between.knows("Delta") && between.knows("A") && !between.knows("Echo"));
}

#[test]
fn a_site_too_far_away_and_a_pair_that_was_not_measured_say_why() {
    let matrix = table("from,to,ms\nA,B,1\n");
    let places = map("name,lat,lon\nA,0,0\nB,0,10\n");
    let far = Site { place: at(6.0, 0.0), ..NOWHERE };
    let sites = [Site { name: "A", ..NOWHERE }, Site { name: "B", ..NOWHERE }, far, NOWHERE];
    let between = Between::new(&matrix, &places, &sites, Kilometres(500.0));
    assert_eq!(between.one_way(0, 1).expect("measured").as_millis(), 1.0);
    assert_eq!(between.one_way(1, 0), Err(Gap::NoPair), "the way back is another");
    let distance = great_circle(far.place.expect("a place"), Place { latitude: 0.0, longitude: 0.0 });
    assert_eq!(between.one_way(0, 2), Err(Gap::NoPlace { site: 2, nearest: Some(distance) }));
    assert_eq!(between.one_way(3, 0), Err(Gap::NoPlace { site: 3, nearest: None }));
}

proptest! {
    /// Everything within the bound, everything tried.
    #[test]
    fn the_pair_is_the_nearest_of_all_measured_ones(
        spots in prop::collection::vec((-5.0f64..5.0, -5.0f64..5.0), 5),
        sites in prop::collection::vec((-5.0f64..5.0, -5.0f64..5.0), 2),
        measured in prop::collection::btree_map((0usize..5, 0usize..5), 1u32..1000, 1..25),
    ) {
        let mut text = "from,to,ms\n".to_owned();
        measured.iter().for_each(|((a, b), ms)| text.push_str(&format!("p{a},p{b},{ms}\n")));
        let mut list = "id,latitude,longitude\n".to_owned();
        spots.iter().enumerate().for_each(|(k, (x, y))| list.push_str(&format!("p{k},{x},{y}\n")));
        let (matrix, places) = (table(&text), map(&list));
        let place = |&(latitude, longitude): &(f64, f64)| Place { latitude, longitude };
        let located: Vec<Site> = sites.iter().map(|site| Site { place: Some(place(site)), ..NOWHERE }).collect();
        let between = Between::new(&matrix, &places, &located, Kilometres(5000.0));
        let away = |site: usize, spot: usize| great_circle(place(&sites[site]), place(&spots[spot])).0;
        // Only places that the table knows stand for a site.
        let known: Vec<usize> = (0..5).filter(|k| matrix.find(&format!("p{k}")).is_some()).collect();
        let nearest = |site| known.iter().copied().min_by(|&a, &b| away(site, a).total_cmp(&away(site, b)));
        let (a, b) = (nearest(0).expect("some"), nearest(1).expect("some"));
        let expected = if a == b {
            measured.get(&(a, b))
        } else {
            let apart = measured.iter().filter(|((a, b), _)| a != b);
            let sum = |pair: &(usize, usize)| away(0, pair.0) + away(1, pair.1);
            apart.min_by(|(p, _), (q, _)| sum(p).total_cmp(&sum(q))).map(|(_, ms)| ms)
        };
        let found = between.one_way(0, 1).ok().map(|latency| latency.as_millis());
        prop_assert_eq!(found, expected.map(|&ms| f64::from(ms)));
    }
}
