//! The extent of tensors and of the windows that slide over them.

/// Extent of a tensor; a sequence of tokens is `tokens` × 1 × `channels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows, or tokens.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Numbers at each place.
    pub channels: usize,
}

impl Shape {
    /// Rows × columns.
    #[must_use]
    pub const fn places(self) -> usize {
        self.height * self.width
    }

    /// Numbers in the tensor.
    #[must_use]
    pub const fn numbers(self) -> usize {
        self.places() * self.channels
    }
}

/// What stands around an image that a window slides over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Zeros, so that stride 1 keeps the image's size; an odd one out goes to the end (ONNX `SAME_UPPER`).
    Same,
    /// Nothing: places that no whole window covers are dropped.
    Valid,
}

/// A window that slides over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its rows and columns.
    pub kernel: [usize; 2],
    /// How far it moves, at least 1.
    pub stride: usize,
    /// What stands around the image.
    pub padding: Padding,
}

impl Window {
    /// The window of a pointwise convolution.
    pub const POINT: Self = Self::square(1);

    /// A padded window of an edge that moves by one.
    #[must_use]
    pub const fn square(edge: usize) -> Self {
        Self::of(edge, edge)
    }

    /// A padded window of rows × columns that moves by one.
    #[must_use]
    pub const fn of(rows: usize, columns: usize) -> Self {
        Self { kernel: [rows, columns], stride: 1, padding: Padding::Same }
    }

    /// The same window with another stride.
    #[must_use]
    pub const fn by(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The same window without padding.
    #[must_use]
    pub const fn valid(self) -> Self {
        Self { padding: Padding::Valid, ..self }
    }

    /// Places that it covers.
    #[must_use]
    pub const fn area(self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// What it makes of an image, with so many channels.
    #[must_use]
    pub fn over(self, image: Shape, channels: usize) -> Shape {
        let steps = |extent: usize, kernel: usize| match self.padding {
            Padding::Same => extent.div_ceil(self.stride),
            Padding::Valid => extent.saturating_sub(kernel) / self.stride + 1,
        };
        Shape { height: steps(image.height, self.kernel[0]), width: steps(image.width, self.kernel[1]), channels }
    }

    /// Zeros above, left, below and right of an image, in ONNX's order.
    #[must_use]
    pub fn pads(self, image: Shape) -> [usize; 4] {
        let out = self.over(image, image.channels);
        let missing = |extent: usize, steps: usize, kernel: usize| match self.padding {
            Padding::Same => ((steps - 1) * self.stride + kernel).saturating_sub(extent),
            Padding::Valid => 0,
        };
        let rows = missing(image.height, out.height, self.kernel[0]);
        let columns = missing(image.width, out.width, self.kernel[1]);
        [rows / 2, columns / 2, rows - rows / 2, columns - columns / 2]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The slow twin: starts a window at every stride for as long as it fits into what is padded.
    fn steps(padded: usize, kernel: usize, stride: usize) -> usize {
        (0..padded).step_by(stride).take_while(|start| start + kernel <= padded).count()
    }

    proptest! {
        #[test]
        fn a_window_stands_wherever_it_fits_into_the_padded_image(
            extent in 8_usize..64, rows in 1_usize..8, columns in 1_usize..8, stride in 1_usize..5, valid: bool,
        ) {
            let padding = if valid { Padding::Valid } else { Padding::Same };
            let window = Window { kernel: [rows, columns], stride, padding };
            let image = Shape { height: extent, width: extent + 3, channels: 2 };
            let [top, left, bottom, right] = window.pads(image);
            let out = window.over(image, 2);
            prop_assert_eq!(out.height, steps(image.height + top + bottom, rows, stride));
            prop_assert_eq!(out.width, steps(image.width + left + right, columns, stride));
        }
    }
}
