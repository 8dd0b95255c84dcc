//! A network as a directed graph of layers, with the cuts that its dominators are.

use petgraph::Direction;
use petgraph::algo::dominators::simple_fast;
use petgraph::graph::{DiGraph, NodeIndex};

use super::network::Layer;

/// Layers and the tensors between them; the first node is the input, the last one the output.
///
/// Nodes are added in an order in which they can be computed.
pub type Graph = DiGraph<Layer, ()>;

/// Nodes whose output alone carries everything that comes after, in order of computation; outputs of the network are
/// the nodes that nobody reads.
pub(super) fn cuts<N>(graph: &DiGraph<N, ()>) -> Vec<NodeIndex> {
    let outputs: Vec<_> = graph.externals(Direction::Outgoing).collect();
    cuts_before(graph, &outputs)
}

/// Nodes whose output alone carries everything that the outputs of a network still need, in order of computation.
///
/// These are the dominators of the outputs: a node that every path from an input passes is the only one whose output
/// crosses there. Inputs are the nodes that read nothing. One root in front of all inputs and one sink behind all
/// outputs, neither of them in the result, make this one rule for networks of several inputs and outputs: an input is
/// a cut if it is the only one, an output if all others come after it, and a node that is read again after an output
/// that it makes possible is none.
#[must_use]
pub fn cuts_before<N>(graph: &DiGraph<N, ()>, outputs: &[NodeIndex]) -> Vec<NodeIndex> {
    let mut closed = graph.map(|_, _| (), |_, ()| ());
    let (root, sink) = (closed.add_node(()), closed.add_node(()));
    for input in graph.externals(Direction::Incoming) {
        closed.add_edge(root, input, ());
    }
    for &output in outputs {
        closed.add_edge(output, sink, ());
    }
    let mut cuts: Vec<_> = simple_fast(&closed, root).strict_dominators(sink).into_iter().flatten().collect();
    cuts.retain(|&node| node != root);
    cuts.reverse();
    cuts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The slow twin: splits the network behind each node; it is a cut if what comes behind reads nothing of what is
    /// before but that node's output, no input of the network either, and if no other output is made before.
    fn cuts_by_trial(graph: &DiGraph<(), ()>, outputs: &[NodeIndex]) -> Vec<NodeIndex> {
        let needed = needed_by(graph, outputs);
        let read = |node| graph.neighbors_directed(node, Direction::Incoming);
        let alone = |cut: NodeIndex| {
            let before = needed_by(graph, &[cut]);
            let behind = |node: NodeIndex| needed[node.index()] && !before[node.index()];
            let reads_it_alone = |node| read(node).count() > 0 && read(node).all(|from| from == cut || behind(from));
            needed[cut.index()]
                && graph.node_indices().filter(|&node| behind(node)).all(reads_it_alone)
                && outputs.iter().all(|&output| output == cut || behind(output))
        };
        graph.node_indices().filter(|&node| alone(node)).collect()
    }

    /// Which nodes have to be computed for those given, these included.
    fn needed_by(graph: &DiGraph<(), ()>, outputs: &[NodeIndex]) -> Vec<bool> {
        let mut needed = vec![false; graph.node_count()];
        for node in graph.node_indices().rev() {
            let read = graph.neighbors_directed(node, Direction::Outgoing).any(|next| needed[next.index()]);
            needed[node.index()] = read || outputs.contains(&node);
        }
        needed
    }

    /// A graph of several inputs whose every other layer reads one to three of the four nodes before it.
    fn dag(inputs: usize, sources: &[Vec<usize>]) -> DiGraph<(), ()> {
        let mut graph = DiGraph::new();
        for _ in 0..inputs {
            graph.add_node(());
        }
        for read in sources {
            let node = graph.add_node(());
            for back in read {
                let from = NodeIndex::new(node.index() - 1 - back % node.index().min(4));
                graph.update_edge(from, node, ());
            }
        }
        graph
    }

    proptest! {
        #[test]
        fn dominators_are_the_nodes_that_no_output_can_do_without(
            inputs in 1_usize..4,
            sources in prop::collection::vec(prop::collection::vec(0_usize..4, 1..4), 1..24),
            more in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        ) {
            let graph = dag(inputs, &sources);
            let mut outputs: Vec<_> = more.iter().map(|k| NodeIndex::new(k.index(graph.node_count()))).collect();
            outputs.push(NodeIndex::new(graph.node_count() - 1));
            prop_assert_eq!(cuts_before(&graph, &outputs), cuts_by_trial(&graph, &outputs));
        }
    }

    #[test]
    fn two_inputs_and_two_outputs_leave_the_waist_between_them() {
        // 0 and 1 are inputs, 2 reads both, 3 reads 2; 4 and 5, the outputs, read 3.
        let graph = DiGraph::<(), ()>::from_edges([(0, 2), (1, 2), (2, 3), (3, 4), (3, 5)]);
        assert_eq!(cuts(&graph), [NodeIndex::new(2), NodeIndex::new(3)]);
        // Where 2 is an output as well, its tensor must be returned beside what 3 hands on.
        let outputs = [2, 4, 5].map(NodeIndex::new);
        assert_eq!(cuts_before(&graph, &outputs), [NodeIndex::new(2)]);
    }
}
