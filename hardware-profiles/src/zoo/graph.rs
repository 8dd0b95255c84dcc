//! A network as a directed graph of layers, with the cuts that its dominators are.

use petgraph::algo::dominators::simple_fast;
use petgraph::graph::{DiGraph, NodeIndex};

use super::network::Layer;

/// Layers and the tensors between them; the first node is the input, the last one the output.
///
/// Nodes are added in an order in which they can be computed.
pub type Graph = DiGraph<Layer, ()>;

/// Nodes whose output alone carries everything that comes after, in order of computation.
///
/// These are the dominators of the output: a tensor that every path from the input passes is the only one that
/// crosses there.
pub(super) fn cuts<N>(graph: &DiGraph<N, ()>) -> Vec<NodeIndex> {
    let (input, output) = (NodeIndex::new(0), NodeIndex::new(graph.node_count() - 1));
    let mut cuts: Vec<_> = simple_fast(graph, input).dominators(output).into_iter().flatten().collect();
    cuts.reverse();
    cuts
}

#[cfg(test)]
mod tests {
    use petgraph::visit::{Bfs, NodeFiltered};
    use proptest::prelude::*;

    use super::*;

    /// The slow twin: a node is a cut if the output is out of reach without it.
    fn cuts_by_removal(graph: &DiGraph<(), ()>) -> Vec<NodeIndex> {
        let (input, output) = (NodeIndex::new(0), NodeIndex::new(graph.node_count() - 1));
        let reaches = |without: NodeIndex| {
            let rest = NodeFiltered::from_fn(graph, |node| node != without);
            let mut search = Bfs::new(&rest, input);
            std::iter::from_fn(|| search.next(&rest)).any(|node| node == output)
        };
        graph.node_indices().filter(|&node| node == input || node == output || !reaches(node)).collect()
    }

    /// A graph whose every layer reads one to three of the four layers before it.
    fn dag(sources: &[Vec<usize>]) -> DiGraph<(), ()> {
        let mut graph = DiGraph::new();
        graph.add_node(());
        for inputs in sources {
            let node = graph.add_node(());
            for back in inputs {
                let from = NodeIndex::new(node.index() - 1 - back % node.index().min(4));
                graph.update_edge(from, node, ());
            }
        }
        graph
    }

    proptest! {
        #[test]
        fn dominators_are_the_nodes_that_the_output_cannot_do_without(
            sources in prop::collection::vec(prop::collection::vec(0_usize..4, 1..4), 1..24),
        ) {
            let graph = dag(&sources);
            prop_assert_eq!(cuts(&graph), cuts_by_removal(&graph));
        }
    }
}
