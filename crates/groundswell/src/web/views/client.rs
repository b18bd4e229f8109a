//! What stands above every page of a client's file.

use super::Chrome;

/// A page of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    File,
    Barriers,
    Assessments,
    Plan,
    Referrals,
    Systems,
    Tasks,
    Details,
}

impl Tab {
    pub const ALL: [Self; 8] = [
        Self::File,
        Self::Barriers,
        Self::Assessments,
        Self::Plan,
        Self::Referrals,
        Self::Systems,
        Self::Tasks,
        Self::Details,
    ];

    /// Its route, as declared.
    pub const fn route(self) -> &'static str {
        match self {
            Self::File => "/clients/{id}",
            Self::Barriers => "/clients/{id}/barriers",
            Self::Assessments => "/clients/{id}/assessments",
            Self::Plan => "/clients/{id}/plan",
            Self::Referrals => "/clients/{id}/referrals",
            Self::Systems => "/clients/{id}/systems",
            Self::Tasks => "/clients/{id}/tasks",
            Self::Details => "/clients/{id}/details",
        }
    }

    pub const fn key(self) -> &'static str {
        match self {
            Self::File => "client-tab-file",
            Self::Barriers => "client-tab-barriers",
            Self::Assessments => "client-tab-assessments",
            Self::Plan => "client-tab-plan",
            Self::Referrals => "client-tab-referrals",
            Self::Systems => "client-tab-systems",
            Self::Tasks => "client-tab-tasks",
            Self::Details => "client-tab-details",
        }
    }
}

/// Who the file is about. Templates extend `clients/frame.html` and hold it as `frame`, beside `chrome`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFrame {
    pub id: String,
    pub tab: Tab,
    /// The pages there are for this account.
    pub tabs: Vec<Tab>,
    /// The preferred name.
    pub name: String,
    pub pronouns: String,
    pub language: String,
    pub age: Option<u32>,
    pub strength: String,
    pub wish: String,
    pub area: String,
    /// Names of those who work with the client, the lead first.
    pub workers: Vec<String>,
    pub is_restricted: bool,
    /// Opened in an emergency: the page says so.
    pub is_emergency: bool,
}

impl ClientFrame {
    pub fn href(&self, tab: &Tab) -> String {
        tab.route().replace("{id}", &self.id)
    }

    pub fn is_current(&self, tab: &Tab) -> bool {
        self.tab == *tab
    }

    /// "she/her · Spanish · 34 · Eastside North · with Rosa Delgado".
    pub fn facts(&self, chrome: &Chrome) -> String {
        let mut facts: Vec<String> =
            [&self.pronouns, &self.language].into_iter().filter(|it| !it.is_empty()).cloned().collect();
        facts.extend(self.age.map(|age| chrome.t1("client-age", "n", age)));
        if !self.area.is_empty() {
            facts.push(self.area.clone());
        }
        if !self.workers.is_empty() {
            facts.push(chrome.t1("client-with", "names", chrome.lang.list(&self.workers)));
        }
        facts.join(" · ")
    }
}
